"""An environment without packages whose program is the stub, and manifests of models in it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from models.catalogue import OWN, Engines
from models.room.environments import LOCK_FILE, PROGRAM
from models.room.store import StoreError
from tests.support import stub_engine


def recipe(folder: Path, lock: str = "# no packages\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOCK_FILE).write_text(lock)
    (folder / PROGRAM).write_text(Path(stub_engine.__file__).read_text())
    return folder


def run_program(command: Sequence[str]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise StoreError(done.stderr)


def isolated(folder: Path, model_id: str, task: str = "denoise", **defaults: object) -> Engines:
    """Engines with a model of the operator's in the environment `stub`, which is built where it is not there."""
    engines = Engines(folder, {task: model_id})
    if engines.environments.get("stub") is None:
        engines.environments.build("stub", recipe(folder / "recipe"), python=sys.executable, run=run_program)
    own = folder / OWN
    own.mkdir(exist_ok=True)
    about = {
        "id": model_id,
        "tasks": [task],
        "engine": "isolated:stub",
        "licence": {"code": "MIT"},
        "needs": {"ram_gib": 0.5},
        "defaults": defaults,
    }
    (own / f"{model_id}.yaml").write_text(yaml.safe_dump(about))
    return engines
