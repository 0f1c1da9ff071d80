"""What admin keys ask for: pull, verify and remove weights, load a model; and telling the gateway what there is."""

import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError

from app.contract.enums import Lane
from app.errors import LeaseLost
from app.infra.clock import Clock
from app.infra.db import Database
from app.jobs import model_jobs
from app.jobs.inventory import Known, forget_silent_workers, note_known
from app.jobs.model_jobs import Action, Claim
from app.jobs.tables import ModelJob
from app.settings import JobSettings
from models.catalogue import EngineMissing, Engines
from models.room.manifest import Manifest, ManifestError
from models.room.pull import Puller, needs_acceptance
from models.room.residency import RoomFull
from models.room.store import InUse, Store, StoreError

log = logging.getLogger(__name__)
CPU_TASKS = frozenset({
    *("beats", "effects", "files", "key", "key_tempo", "lyrics", "mastering", "notes", "pictures", "speed")
})  # fmt: skip
"""Tasks of the endpoints in the lane cpu: their models are loaded there."""


class Stopped(Exception):
    """The worker is shutting down."""


class ModelJobs:
    """Runs one job at a time per thread. `worker` is the name this process goes by."""

    def __init__(
        self,
        *,
        settings: JobSettings,
        clock: Clock,
        db: Database,
        engines: Engines,
        worker: str,
        tell_loaded: Callable[[], None],
        puller: Callable[[Store], Puller] = Puller,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._db = db
        self._engines = engines
        self._worker = worker
        self._tell_loaded = tell_loaded
        self._puller = puller
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Hand back what runs; another worker goes on with it."""
        self._stopping.set()

    def survey(self) -> None:
        """Tell the gateway which models there are and what is installed."""
        try:
            found = survey(self._engines)
        except (ManifestError, OSError) as error:
            log.error("models_unreadable %s", error)  # noqa: TRY400 - the text says it all
            return
        now = self._clock.now()
        with self._db.transaction() as session:
            note_known(session, found, now)
            forget_silent_workers(session, now)

    def run(self, job_id: str) -> None:
        """Run one attempt. Does nothing when the job is not waiting: a message may come twice."""
        with self._db.transaction() as session:
            claimed = model_jobs.claim(session, job_id, self._clock.now(), self._settings)
        if claimed is None:
            log.info("model_job_not_waiting job=%s", job_id)
            return
        job, held = claimed
        log.info("model_job_started job=%s action=%s model=%s", job.id, job.action, job.model_id)
        try:
            with Pulse(self._db, held, self._clock, self._settings, self._stopping) as pulse:
                self._attempt(job, held, pulse)
        except LeaseLost:
            log.warning("model_lease_lost job=%s attempt=%s", job.id, held.attempt)
        self.survey()

    def _attempt(self, job: ModelJob, held: Claim, pulse: "Pulse") -> None:
        try:
            message = self._do(job, pulse)
        except LeaseLost:
            raise
        except Stopped:
            with self._db.transaction() as session:
                model_jobs.give_back(session, held, self._clock.now())
        except InUse as error:
            if job.action == Action.PULL:  # by a pull from the command line, or one that does not know it is lost
                with self._db.transaction() as session:
                    model_jobs.retry(session, held, str(error), self._clock.now(), self._settings)
            else:
                self._fail(job, held, str(error))
        except (StoreError, ManifestError, EngineMissing, RoomFull) as error:
            self._fail(job, held, str(error))
        except SoftTimeLimitExceeded:
            self._fail(job, held, "It took too long and was stopped; what was fetched is kept for the next pull")
        except OSError as error:
            log.exception("model_job_io_failed job=%s", job.id)
            self._fail(job, held, error.strerror or type(error).__name__)
        except Exception as error:
            log.exception("model_job_crashed job=%s", job.id)
            self._fail(job, held, f"{type(error).__name__}: {error}")
        else:
            with self._db.transaction() as session:
                model_jobs.finish(session, held, message, pulse.done_bytes, self._clock.now())
            log.info("model_job_done job=%s action=%s model=%s", job.id, job.action, job.model_id)

    def _fail(self, job: ModelJob, held: Claim, message: str) -> None:
        with self._db.transaction() as session:
            model_jobs.fail(session, held, message, self._clock.now())
        log.warning("model_job_failed job=%s action=%s model=%s", job.id, job.action, job.model_id)

    def _do(self, job: ModelJob, pulse: "Pulse") -> str:
        """Returns what came of it, in a few words."""
        manifest = self._engines.manifests.get(job.model_id)
        if manifest is None:
            message = f"There is no model {job.model_id} any more"
            raise StoreError(message)
        store = self._engines.store
        match Action(job.action):
            case Action.PULL:
                accepted_by = f"{job.asked_by} (key {job.key_id})" if job.accepts_licence else ""
                self._puller(store).pull(manifest, accepted_by=accepted_by, progress=pulse.report)
                return "installed"
            case Action.VERIFY:
                wrong = store.verify(manifest, pulse.report)
                if wrong:
                    raise StoreError("; ".join(wrong))
                return "all files are as they were pulled"
            case Action.REMOVE:
                store.remove(manifest.id)
                return f"removed; {self._collect(store)}"
            case Action.LOAD:
                return self._load(manifest)

    def _collect(self, store: Store) -> str:
        """Free disk space, but not while a pull may come back for what it has fetched."""
        with self._db.read() as session:
            if model_jobs.is_pulling(session):
                return "its disk space becomes free with the next removal, as a pull is under way"
        return f"{store.gc() / 2**20:.1f} MiB became free"

    def _load(self, manifest: Manifest) -> str:
        if problem := self._engines.problem(manifest):
            message = f"{manifest.id} is {problem}"
            raise EngineMissing(message)
        with self._engines.lent(manifest):
            message = f"loaded by {self._worker}"
        with contextlib.suppress(SQLAlchemyError):  # it is told again in a moment
            self._tell_loaded()
        return message


class Pulse:
    """A thread that keeps the lease of a job alive. `report` counts bytes; it raises LeaseLost or Stopped."""

    def __init__(
        self, db: Database, held: Claim, clock: Clock, settings: JobSettings, stopping: threading.Event
    ) -> None:
        self.done_bytes = 0
        self._db = db
        self._held = held
        self._clock = clock
        self._settings = settings
        self._stopping = stopping
        self._over = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=f"pulse-{held.job_id[:8]}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    def report(self, count: int) -> None:
        self.done_bytes += count
        if self._lost.is_set():
            raise LeaseLost
        if self._stopping.is_set():
            raise Stopped

    def _loop(self) -> None:
        while not self._over.wait(self._settings.heartbeat.total_seconds()):
            try:
                with self._db.transaction() as session:
                    model_jobs.beat(session, self._held, self.done_bytes, self._clock.now(), self._settings)
            except LeaseLost:
                self._lost.set()
                return
            except SQLAlchemyError:
                # The database may be back in time; if not, another worker takes the job.
                log.warning("model_heartbeat_failed job=%s", self._held.job_id)


def survey(engines: Engines) -> Mapping[str, Known]:
    """All models of this machine by id. Raises ManifestError."""
    return {manifest.id: _known(manifest, engines) for manifest in engines.manifests.values()}


def _known(manifest: Manifest, engines: Engines) -> Known:
    record = engines.store.record(manifest.id) if manifest.files else None
    installed: dict[str, Any] | None = None
    if record is not None:
        installed = {
            "from": record.source,
            "revision": record.revision,
            "at": record.at,
            "accepted_by": record.accepted_by,
            "files": {stored.path: stored.sha256 for stored in record.files},
        }
    return {
        **manifest.model_dump(mode="json"),
        "size_bytes": manifest.size_bytes,
        "state": engines.state(manifest),
        "to_accept": needs_acceptance(manifest),
        "lane": Lane.CPU.value if set(manifest.tasks) <= CPU_TASKS else Lane.GPU.value,
        "installed": installed,
    }
