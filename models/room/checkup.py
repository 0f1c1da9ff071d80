"""`python -m models.room.checkup WEIGHTS_DIR ID…`: does each engine run here? One JSON line each, as they are done.

A process of its own, because an engine may take its process down with it.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from models.catalogue import EngineMissing, Engines
from models.room.manifest import Manifest
from models.room.memory import GIB, has_gpu, room_bytes
from models.room.packages import versions
from models.room.trials import TRIALS

State = Literal["works", "skipped", "broken"]
PROGRAM = "it is a program of its own, which `woodshed doctor` looks at"


@dataclass(slots=True)
class Checkup:
    """What was found of one engine.

    state     works: a second of sound went through it; skipped: it is not there, `text` says why; broken: `text` again
    files     built in, absent, installed or changed
    packages  name → version, empty for one that is missing; some may be needed for a part of its work only
    device    where it runs, as far as that is known
    """

    id: str
    state: State
    text: str
    tasks: tuple[str, ...] = ()
    files: str = ""
    packages: dict[str, str] = field(default_factory=dict)
    device: str = ""
    memory: str = ""
    run_s: float = 0.0


def check(engines: Engines, manifest: Manifest) -> Checkup:
    """Look at one engine and try it. Raises nothing that the engine raises."""
    found = Checkup(manifest.id, "works", "", manifest.tasks)
    found.files = engines.state(manifest)
    found.packages = _packages(engines, manifest)
    if found.files == "absent":
        found.text = f"it is {engines.problem(manifest)}"
        is_pinned = manifest.id in engines.pinned.values()
        found.state = "broken" if is_pinned else "skipped"
        return found
    if not manifest.engine:
        found.state, found.text = "skipped", PROGRAM
        return found
    if untried := [task for task in manifest.tasks if task not in TRIALS]:
        found.state, found.text = "skipped", f"there is no trial for {', '.join(untried)}"
        return found
    started_s = time.monotonic()
    try:
        if problem := engines.problem(manifest):
            message = f"it is {problem}"
            raise EngineMissing(message)  # noqa: TRY301 - told like all the others
        _try(engines, manifest)
    except Exception as error:  # noqa: BLE001 - whatever a package does
        found.state, found.text = "broken", _words(error)
    found.run_s = round(time.monotonic() - started_s, 2)
    found.device, found.memory = _device(manifest, found.packages)
    return found


def _try(engines: Engines, manifest: Manifest) -> None:
    trials = [TRIALS[task] for task in manifest.tasks]
    if manifest.is_embedded:
        for trial in trials:
            trial(engines.made(manifest))
        return
    try:
        with engines.lent(manifest) as engine:
            for trial in trials:
                trial(engine)
    finally:
        engines.room.unload(manifest.id)


def _packages(engines: Engines, manifest: Manifest) -> dict[str, str]:
    if manifest.environment:
        built = engines.environments.get(manifest.environment)
        pins = built.packages if built else ()
        return {name: version for name, _, version in (pin.partition("==") for pin in pins)}
    return versions(manifest.engine) if manifest.engine else {}


def _device(manifest: Manifest, packages: dict[str, str]) -> tuple[str, str]:
    """Where an engine runs, and whether it has the memory it needs."""
    if manifest.environment:
        device, on_gpu = "its own process decides", has_gpu()
    elif "torch" in packages and has_gpu():
        cuda = sys.modules["torch"].cuda
        free, total = cuda.mem_get_info()
        device, on_gpu = f"{cuda.get_device_name()}, {free / GIB:.1f} of {total / GIB:.1f} GiB free", True
    else:
        device, on_gpu = "CPU, as no CUDA device is found" if "torch" in packages else "CPU", False
    needed = manifest.needs.vram_gib if on_gpu else manifest.needs.ram_gib
    if not needed:
        return device, ""
    return device, f"{needed:.1f} GiB needed, {room_bytes() / GIB:.1f} GiB may be used"


def _words(error: Exception) -> str:
    text = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, ImportError):
        return f"a package is missing or does not load: {text}"
    return text if isinstance(error, EngineMissing) else f"{type(error).__name__}: {text}"


def main(weights_dir: str, pinned: str, *ids: str) -> None:
    engines = Engines(Path(weights_dir), json.loads(pinned))
    manifests = engines.manifests
    for model_id in ids:
        line: dict[str, Any] = asdict(check(engines, manifests[model_id]))
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
