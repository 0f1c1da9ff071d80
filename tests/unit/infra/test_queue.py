"""The bell that rings from a thread: answers do not wait, and one failure does not silence it."""

import threading
import time

from app.contract.enums import Lane
from app.infra.queue import BackgroundBell, CeleryBell


class Loud(CeleryBell):
    """Remembers, and fails at the first ring."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.may_ring = threading.Event()

    def job(self, lane: Lane, job_id: str) -> None:
        self.may_ring.wait(10)
        if job_id == "bad":
            raise RuntimeError("no bell")
        self.heard.append(job_id)


def test_rings_later_in_order_and_goes_on_after_a_failure() -> None:
    loud = Loud()
    bell = BackgroundBell(loud)

    started_s = time.monotonic()
    for job_id in ("bad", "one", "two"):
        bell.job(Lane.CPU, job_id)
    assert time.monotonic() - started_s < 1
    assert loud.heard == []
    loud.may_ring.set()
    bell.close()

    assert loud.heard == ["one", "two"]


def test_closing_a_bell_that_never_rang_is_nothing() -> None:
    BackgroundBell(Loud()).close()
