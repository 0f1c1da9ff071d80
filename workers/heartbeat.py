"""Keeps the lease of a running job alive, and hears of a cancel."""

import logging
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.errors import Cancelled, LeaseLost
from app.infra.clock import Clock
from app.infra.db import Database
from app.jobs.service import JobService, Lease
from app.jobs.tables import Job
from app.settings import JobSettings
from models.base import Report

log = logging.getLogger(__name__)
LISTEN_S = 1.0  # how soon a running job hears of its cancel


class Heartbeat:
    """A thread beside the pipeline. `report` moves the progress and raises Cancelled or LeaseLost."""

    def __init__(self, db: Database, jobs: JobService, lease: Lease, clock: Clock, settings: JobSettings) -> None:
        self._db = db
        self._jobs = jobs
        self._lease = lease
        self._clock = clock
        self._every_s = settings.heartbeat.total_seconds()
        self._progress = 0.0
        self._stop = threading.Event()
        self._cancelled = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=f"heartbeat-{lease.job_id[:8]}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def report(self, fraction: float) -> None:
        """Progress 0 to 1; smaller values than before are ignored."""
        if self._lost.is_set():
            raise LeaseLost
        if self._cancelled.is_set():
            raise Cancelled
        self._progress = max(self._progress, min(fraction, 1.0))

    def part(self, first: float, last: float) -> Report:
        """A report for one step, mapped to its share of the whole."""

        def report(fraction: float) -> None:
            self.report(first + (last - first) * min(max(fraction, 0.0), 1.0))

        return report

    def _loop(self) -> None:
        beat_s = self._clock.monotonic_s()
        wait_s = min(LISTEN_S, self._every_s)
        while not self._stop.wait(wait_s):
            try:
                if self._clock.monotonic_s() - beat_s >= self._every_s:
                    self._beat()
                    beat_s = self._clock.monotonic_s()
                else:
                    self._listen()
            except LeaseLost:
                self._lost.set()
                return
            except SQLAlchemyError:
                # The database may be back in time; if not, the reaper gives the job to somebody else.
                log.warning("heartbeat_failed job=%s", self._lease.job_id)

    def _beat(self) -> None:
        with self._db.transaction() as session:
            cancel = self._jobs.heartbeat(session, self._lease, self._progress, self._clock.now())
        if cancel:
            self._cancelled.set()

    def _listen(self) -> None:
        with self._db.read() as session:
            cancel = session.scalar(select(Job.cancel_requested).where(Job.id == self._lease.job_id))
        if cancel:
            self._cancelled.set()
