"""One `serve` per data folder: a lock file, which also tells others where that server listens."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "serve.lock"
LOOK_S = 1.0  # others hold the lock for a moment while they look
RETRY_S = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """A server that holds a data folder; `url` is empty while it starts."""

    pid: int
    url: str


class Held(Exception):
    """Somebody else holds the lock."""


@contextmanager
def locked(path: Path, *, wait_s: float = LOOK_S) -> Iterator[int]:
    """Hold an exclusive lock on `path` and yield its file descriptor. Raises Held after `wait_s`, or OSError.

    A child that inherits the descriptor keeps the lock as long as it lives.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        ends_s = time.monotonic() + wait_s
        while not _try_lock(fd, fcntl.LOCK_EX):
            if time.monotonic() >= ends_s:
                raise Held
            time.sleep(RETRY_S)
        yield fd
    finally:
        os.close(fd)


def tell(fd: int, url: str) -> None:
    """Write into the lock file who holds it and where it listens."""
    text = json.dumps({"pid": os.getpid(), "url": url}).encode()
    os.ftruncate(fd, 0)
    os.pwrite(fd, text, 0)


def running(data_dir: Path) -> Running | None:
    """The server of this data folder, if one runs on this machine."""
    try:
        fd = os.open(data_dir / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _try_lock(fd, fcntl.LOCK_SH):
            return None
        told = json.loads(os.pread(fd, 4096, 0))
        return Running(int(told["pid"]), str(told["url"]))
    except (ValueError, KeyError, TypeError):
        return Running(0, "")  # caught between taking the lock and telling
    finally:
        os.close(fd)


def _try_lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
