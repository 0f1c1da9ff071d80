"""What beat asks for: find lost work, announce what is due, delete what is old."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from app.contract.enums import Lane
from app.errors import Unavailable
from app.infra.clock import Clock
from app.infra.db import Database
from app.infra.queue import Bell
from app.infra.storage import Storage
from app.jobs import model_jobs
from app.jobs.outbox import due_events
from app.jobs.reaper import JumpGuard, reap, unheard_jobs
from app.jobs.retention import due_files, forget_replies, orphans, swept
from app.jobs.service import JobService
from app.jobs.tables import Canary
from app.settings import Settings
from workers.leftovers import clear_ended, clear_old

log = logging.getLogger(__name__)
EVENTS_AT_ONCE = 500
STALE = timedelta(hours=24)


class Housekeeping:
    def __init__(
        self, *, settings: Settings, clock: Clock, db: Database, storage: Storage, bell: Bell, jobs: JobService
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._db = db
        self._storage = storage
        self._bell = bell
        self._jobs = jobs
        self._guard = JumpGuard(clock, settings.jobs.lease)

    def reap(self) -> None:
        """Bring back work of dead workers; announce jobs and webhooks whose time has come."""
        now = self._clock.now()
        events: list[str] = []
        if self._guard.steady():
            with self._db.transaction() as session:
                events += reap(session, self._jobs, now).events
                model_jobs.reap(session, self._settings.jobs, now)
        empty = [lane for lane in Lane if self._bell.waiting(lane) == 0]
        with self._db.transaction() as session:
            waiting = unheard_jobs(session, self._settings.jobs, now, empty)
            events += due_events(
                session,
                now,
                ring_again_after=self._settings.jobs.ring_again_after,
                limit=EVENTS_AT_ONCE,
                per_host=self._settings.webhooks.per_host,
            )
            models = model_jobs.unheard(session, self._settings.jobs, now, empty)
        for lane, job_id in waiting:
            self._bell.job(lane, job_id)
        for lane, job_id in models:
            self._bell.model_job(lane, job_id)
        for event_id in dict.fromkeys(events):
            self._bell.event(event_id)

    def sweep(self) -> int:
        """Delete files whose time is over; returns how many."""
        now = self._clock.now()
        settings = self._settings.storage
        with self._db.read() as session:
            due = due_files(session, settings, now)
            lost = orphans(session, self._storage, settings, now)
        deleted = 0
        for item in due:
            strays = [stored.key for stored in self._storage.entries(item.stray_prefix)] if item.stray_prefix else []
            if self._delete([*item.keys, *strays]):
                with self._db.transaction() as session:
                    swept(session, item)
            deleted += len(item.keys) + len(strays)
        self._delete(lost)
        with self._db.transaction() as session:
            forget_replies(session, now - self._settings.jobs.idempotency)
        self._clear_folders()
        if deleted or lost:
            log.info("files_deleted count=%s orphans=%s", deleted, len(lost))
        return deleted + len(lost)

    def _delete(self, keys: Sequence[str]) -> bool:
        """False when some could not be deleted: they are tried again, and hold up nothing else."""
        gone = True
        for key in keys:
            try:
                self._storage.delete(key)
            except (OSError, Unavailable):
                log.warning("file_not_deleted key=%s", key)
                gone = False
        return gone

    def send_canaries(self) -> None:
        """One per lane; readiness turns red when they stop coming back."""
        now = self._clock.now()
        with self._db.transaction() as session:
            for lane in Lane:
                canary = session.get(Canary, lane.value) or Canary(lane=lane.value)
                canary.sent_at = now
                session.add(canary)
        for lane in Lane:
            self._bell.canary(lane)

    def canary_seen(self, lane: str) -> None:
        with self._db.transaction() as session:
            canary = session.get(Canary, lane) or Canary(lane=lane)
            canary.seen_at = self._clock.now()
            session.add(canary)

    def _clear_folders(self) -> None:
        work = self._settings.data_dir / "work"
        clear_ended(self._db, work)
        longest = max(STALE, self._settings.jobs.time_limit * 2)
        for room in (work, self._settings.data_dir / "uploads"):
            clear_old(room, longest)
