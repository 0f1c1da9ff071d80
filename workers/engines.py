"""`python -m workers.engines`: which engine stands behind each endpoint, as one JSON object, for `woodshed doctor`.

A process of its own, because loading the pipelines loads the audio libraries, and any of them may be missing.
"""

import json
import sys

from app.features import ALL
from app.settings import Settings
from models.catalogue import Engines
from workers.pipelines import engine_names, load_pipeline


def engines() -> dict[str, dict[str, str]]:
    """Name of a ready feature → {"engine": …}, or {"problem": …} when its pipeline cannot be loaded."""
    settings = Settings()
    machine = Engines(settings.weights_dir, settings.engines.pinned)
    return {feature.name: _engine(feature.name, machine) for feature in ALL if feature.ready}


def _engine(name: str, machine: Engines) -> dict[str, str]:
    try:
        return {"engine": engine_names(load_pipeline(name), machine)}
    except Exception as error:  # noqa: BLE001 - whatever a package does while it is imported
        return {"problem": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(engines()))
