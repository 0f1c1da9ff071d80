"""`python -m workers.engines`: what stands behind each endpoint, and all engines, as JSON for `woodshed doctor`.

A process of its own, because loading the pipelines loads the audio libraries, and any of them may be missing.
"""

import contextlib
import json
import sys
from typing import Any

from app.features import ALL
from app.settings import Settings
from models.catalogue import EngineMissing, Engines
from models.room.manifest import Manifest
from workers.pipelines import engine_names, load_pipeline


def survey(machine: Engines) -> dict[str, Any]:
    """`endpoints`: name of a ready feature → {"engine": …} or {"problem": …}. `engines`: all there are."""
    return {
        "endpoints": {feature.name: _endpoint(feature.name, machine) for feature in ALL if feature.ready},
        "engines": [_engine(manifest, machine) for manifest in machine.manifests.values()],
    }


def _endpoint(name: str, machine: Engines) -> dict[str, str]:
    try:
        pipeline = load_pipeline(name)
        for task in pipeline.TASKS:
            if (chosen := machine.choose(task)).is_embedded:
                machine.made(chosen)
        return {"engine": engine_names(pipeline, machine)}
    except Exception as error:  # noqa: BLE001 - whatever a package does while it is imported
        return {"problem": f"{type(error).__name__}: {error}"}


def _engine(manifest: Manifest, machine: Engines) -> dict[str, Any]:
    chosen = set()
    for task in manifest.tasks:
        with contextlib.suppress(EngineMissing):
            chosen.add(machine.choose(task).id)
    return {
        "name": manifest.id,
        "task": ", ".join(manifest.tasks),
        "licence": manifest.licence.weights or manifest.licence.code,
        "source": manifest.source_of_method,
        "is_chosen": manifest.id in chosen,
        "problem": machine.problem(manifest),
    }


def main() -> None:
    settings = Settings()
    sys.stdout.write(json.dumps(survey(Engines(settings.weights_dir, settings.engines.pinned))))


if __name__ == "__main__":
    main()
