"""Is the role of this container alive? `python healthy.py api|worker|beat` ends with 0 or 1.

The HEALTHCHECK of the images. It asks this container only; `/readyz` tells whether the whole server can work.
"""

import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

LIVEZ = "http://127.0.0.1:8000/livez"
SCHEDULE_QUIET_S = 600.0  # beat writes its schedule down every three minutes
TIMEOUT_S = 8.0


def api() -> bool:
    with urllib.request.urlopen(LIVEZ, timeout=TIMEOUT_S) as answer:
        return bool(answer.status == 200)  # noqa: PLR2004 - OK


def worker() -> bool:
    """The worker of this host answers through the queue: it is connected, and its main loop turns."""
    from celery import Celery

    broker = Celery(broker=os.environ["REDIS_URL"])
    here = broker.control.inspect(pattern=f"*@{socket.gethostname()}", matcher="glob", timeout=TIMEOUT_S, limit=1)
    return bool(here.ping())


def beat() -> bool:
    files = list(Path(os.environ["WOODSHED_DATA_DIR"]).glob("beat*"))
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    return time.time() - newest < SCHEDULE_QUIET_S


ROLES: dict[str, Callable[[], bool]] = {"api": api, "worker": worker, "beat": beat}

if __name__ == "__main__":
    raise SystemExit(0 if ROLES[sys.argv[1]]() else 1)
