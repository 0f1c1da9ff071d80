"""What every child process of ours gets: it ends with its parent, also when that is killed."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int, death_signal: int = signal.SIGTERM) -> None:
    """Called in a child: get `death_signal` when the parent is gone, even by `kill -9`. Linux only."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent_pid:  # it died before the call above
            os._exit(1)
