"""`python -m workers.engines`: which engine stands behind each endpoint, as one JSON object, for `woodshed doctor`.

A process of its own, because loading the pipelines loads the audio libraries, and any of them may be missing.
"""

import json
import sys

from app.features import ALL
from workers.pipelines import load_pipeline


def engines() -> dict[str, dict[str, str]]:
    """Name of a ready feature → {"engine": …}, or {"problem": …} when its pipeline cannot be loaded."""
    return {feature.name: _engine(feature.name) for feature in ALL if feature.ready}


def _engine(name: str) -> dict[str, str]:
    try:
        return {"engine": str(load_pipeline(name).ENGINE)}
    except Exception as error:  # noqa: BLE001 - whatever a package does while it is imported
        return {"problem": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(engines()))
