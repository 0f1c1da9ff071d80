"""Tells the database which models this process holds, unloads those that are asked for or have been idle for long."""

import logging
import threading
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from app.infra.clock import Clock
from app.infra.db import Database
from app.jobs.inventory import Loaded, asked_to_unload, forget_worker, note_loaded
from app.settings import JobSettings
from models.room.residency import Residency

log = logging.getLogger(__name__)
LOOK_S = 1.0


class Residents:
    """A thread beside the work. A process that holds nothing asks the database nothing."""

    def __init__(self, *, settings: JobSettings, clock: Clock, db: Database, room: Residency, worker: str) -> None:
        self._settings = settings
        self._clock = clock
        self._db = db
        self._room = room
        self._worker = worker
        self._told: frozenset[tuple[str, int, str]] = frozenset()
        self._told_s = 0.0
        self._looking = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="residents", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """The process ends, and what it holds with it."""
        self._stop.set()
        self._thread.join(timeout=5)
        try:
            self._forget()
        except SQLAlchemyError:
            log.warning("residents_not_told")  # its rows run out

    def look(self) -> None:
        """One round; also asked for when something was just loaded."""
        with self._looking:
            self._look()

    def _look(self) -> None:
        self._room.sweep()
        if self._told:
            with self._db.read() as session:
                asked = asked_to_unload(session, self._worker)
            for model_id in asked:
                if self._room.unload(model_id):
                    log.info("model_unloaded model=%s", model_id)
        held = self._room.held
        shape = frozenset((model.id, model.size_bytes, model.state) for model in held)
        now_s = self._clock.monotonic_s()
        if shape == self._told and (not held or now_s - self._told_s < self._settings.heartbeat.total_seconds()):
            return
        now = self._clock.now()
        loaded = [Loaded(m.id, m.size_bytes, m.state, now - timedelta(seconds=m.age_s)) for m in held]
        with self._db.transaction() as session:
            note_loaded(session, self._worker, loaded, now, self._settings.lease)
        self._told, self._told_s = shape, now_s

    def _forget(self) -> None:
        with self._db.transaction() as session:
            forget_worker(session, self._worker)

    def _loop(self) -> None:
        is_fresh = False
        while not self._stop.wait(LOOK_S):
            try:
                if not is_fresh:
                    self._forget()  # what an earlier process of this name left
                    is_fresh = True
                self.look()
            except SQLAlchemyError:
                log.warning("residents_not_told")
            except Exception:
                log.exception("residents_failed")  # the thread goes on: nobody would start another
