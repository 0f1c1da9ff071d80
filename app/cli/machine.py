"""What this machine has: cores, memory, disk, GPU. Looks only; nothing is changed."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

GPU_TIMEOUT_S = 60  # loading torch from a cold disk
ASK_TORCH = """
import json, torch
found = torch.cuda.is_available()
names = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())] if found else []
print(json.dumps(names))
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """`available_bytes` is None where the system does not tell."""

    total_bytes: int
    available_bytes: int | None


def cores() -> int:
    """Those this process may use."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def memory() -> Memory:
    total_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return Memory(total_bytes, None)
    kibibytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return Memory(total_bytes, kibibytes.get("MemAvailable", 0) * 1024)


def existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that exists: where it would be made."""
    folder = folder.resolve()
    return next(path for path in (folder, *folder.parents) if path.exists())


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(existing(folder)).free


def gpu() -> str:
    """The GPUs that torch can use, or why there are none.

    torch takes seconds to load, so it is asked only where the driver of a GPU is seen, and in a process of its own.
    """
    if importlib.util.find_spec("torch") is None:
        return "none: torch is not installed"
    version = metadata.version("torch")
    if not any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")):
        return f"none: no driver of a GPU is loaded (torch {version})"
    try:
        said = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", ASK_TORCH], capture_output=True, text=True, timeout=GPU_TIMEOUT_S, check=True
        ).stdout
        names = json.loads(said)
    except (OSError, subprocess.SubprocessError, ValueError):
        return f"not usable: torch {version} cannot be asked"
    if not names:
        return f"not usable: torch {version} finds none; is it the CUDA build, and does it fit the driver?"
    return f"{', '.join(names)} (torch {version})"
