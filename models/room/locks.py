"""Locks that hold between processes and end with them: on files, shared or alone."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class Locked(Exception):
    """Another process holds it."""


@contextlib.contextmanager
def held(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold the lock of a file, which is made where it is not there. Raises Locked at once instead of waiting."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            raise Locked(path.name) from None
        yield


@contextlib.contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold it alone, after all who asked before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
