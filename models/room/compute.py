"""How networks compute on a device: one at a time on each GPU of this machine, and in which precision."""

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from models.room.locks import waited_for

PRECISIONS = ("float16", "bfloat16", "float32")


@contextlib.contextmanager
def compute(device: Any) -> Iterator[None]:  # noqa: ANN401 - a torch.device, of which not every caller has one loaded
    """Hold the device for one batch: two at a time are no faster and need the memory of two. A CPU is not held."""
    if device.type != "cuda":
        yield
        return
    with waited_for(lock_of(device.index or 0)):
        yield


def precision(device: Any, dtype: str) -> AbstractContextManager[Any]:  # noqa: ANN401 - as above
    """Half precision on a GPU. A CPU without units for it takes 25 times as long, and always computes in float32."""
    import torch

    if device.type != "cuda" or dtype == "float32":
        return contextlib.nullcontext()
    return torch.autocast("cuda", dtype=getattr(torch, dtype))


def checked_precision(dtype: str) -> str:
    """Raises ValueError for a precision that is none."""
    if dtype not in PRECISIONS:
        message = f"dtype is one of {', '.join(PRECISIONS)}, not {dtype}"
        raise ValueError(message)
    return dtype


def lock_of(index: int) -> Path:
    """Processes that share a GPU see the same folder of temporary files."""
    return Path(tempfile.gettempdir()) / f"woodshed-gpu-{index}.lock"
