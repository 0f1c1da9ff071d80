"""Turns between processes: who waits gets it before who has just had it.

SQLite lets one process write at a time and makes the others try again after longer and longer sleeps, so that a busy
one starves the rest. Two file locks make it fair: who wants a turn holds the first while it waits for the second.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.0005


class Turns:
    """`take` and `give` in pairs, by one thread of a process at a time. The locks of a process that dies are free."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._next = os.open(path.with_name(f"{path.name}.next"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._now = os.open(path.with_name(f"{path.name}.now"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._clock = clock
        self._sleep = sleep

    def take(self, wait_s: float) -> bool:
        """Wait for a turn; False when it did not come in time."""
        ends_s = self._clock() + wait_s
        if not self._locked(self._next, ends_s):
            return False
        try:
            return self._locked(self._now, ends_s)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def give(self) -> None:
        fcntl.flock(self._now, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._next)
        os.close(self._now)

    def _locked(self, file: int, ends_s: float) -> bool:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._clock() >= ends_s:
                    return False
                self._sleep(POLL_S)
            else:
                return True
