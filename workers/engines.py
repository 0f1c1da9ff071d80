"""`python -m workers.engines`: what stands behind each endpoint, and all engines, as JSON for `woodshed doctor`.

A process of its own, because loading the pipelines loads the audio libraries, and any of them may be missing.
"""

import contextlib
import json
import sys
from typing import Any

from app.features import ALL
from app.settings import Settings
from models.catalogue import ENGINES, EngineInfo, EngineMissing, Engines
from workers.pipelines import engine_names, load_pipeline


def survey(machine: Engines) -> dict[str, Any]:
    """`endpoints`: name of a ready feature → {"engine": …} or {"problem": …}. `engines`: all there are."""
    return {
        "endpoints": {feature.name: _endpoint(feature.name, machine) for feature in ALL if feature.ready},
        "engines": [_engine(engine, machine) for engine in ENGINES],
    }


def _endpoint(name: str, machine: Engines) -> dict[str, str]:
    try:
        pipeline = load_pipeline(name)
        for task in pipeline.TASKS:
            machine.load(task)
        return {"engine": engine_names(pipeline, machine)}
    except Exception as error:  # noqa: BLE001 - whatever a package does while it is imported
        return {"problem": f"{type(error).__name__}: {error}"}


def _engine(engine: EngineInfo, machine: Engines) -> dict[str, Any]:
    chosen = None
    with contextlib.suppress(EngineMissing):
        chosen = machine.choose(engine.task)
    return {
        "name": engine.name,
        "task": engine.task,
        "licence": engine.licence,
        "source": engine.source,
        "is_chosen": chosen is engine,
        "problem": machine.problem(engine),
    }


def main() -> None:
    settings = Settings()
    sys.stdout.write(json.dumps(survey(Engines(settings.weights_dir, settings.engines.pinned))))


if __name__ == "__main__":
    main()
