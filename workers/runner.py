"""One attempt of a job: lease → fetch input → pipeline → store → finish. Retries and failures are decided here only."""

import hashlib
import logging
import shutil
import time
from pathlib import Path

from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy.orm import Session

from app.errors import Cancelled, InputUnusable, JobFailed, LeaseLost, Retryable, Unavailable
from app.features import by_name
from app.infra.clock import Clock
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.media import Media
from app.infra.queue import Bell
from app.infra.storage import Storage
from app.jobs.files import outputs_prefix
from app.jobs.retention import next_sweep, was_delivered
from app.jobs.service import CANCELLED_TEXT, Finished, JobService, Lease
from app.jobs.state import State
from app.jobs.tables import Job
from app.settings import Settings
from models.catalogue import EngineMissing, Engines
from models.room.isolated import IsolatedFailed
from workers.context import SEEDS, Context
from workers.heartbeat import Heartbeat
from workers.inputs import fetch_inputs
from workers.leftovers import clear_ended
from workers.outputs import store_manifest, store_outputs
from workers.pipelines import load_pipeline
from workers.voices import LibraryShelf

log = logging.getLogger(__name__)
FETCHED = 0.2  # share of the progress bar for a download
PROCESSED = 0.95
SHOWN_CHARS = 300
INTERNAL_TEXT = "The task could not be processed because of an internal error"
NO_ENGINE_TEXT = "The engine chosen for this on the server cannot run; `woodshed doctor` shows its operator why"
DISK_TEXT = "The server ran out of room or could not write its files"


class Runner:
    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        db: Database,
        storage: Storage,
        egress: Egress,
        media: Media,
        bell: Bell,
        jobs: JobService,
        engines: Engines | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._db = db
        self._storage = storage
        self._egress = egress
        self._media = media
        self._bell = bell
        self._jobs = jobs
        self._engines = engines or Engines(settings.weights_dir, settings.engines.pinned)

    def run(self, job_id: str) -> None:
        """Run one attempt. Does nothing when the job is not waiting: a message may come twice."""
        with self._db.transaction() as session:
            claimed = self._jobs.claim(session, job_id, self._clock.now())
        if claimed is None:
            log.info("job_not_waiting job=%s", job_id)
            return
        job, lease = claimed
        log.info("job_started job=%s feature=%s attempt=%s", job.id, job.feature, lease.attempt)
        room = self._settings.data_dir / "work"
        clear_ended(self._db, room)
        folder = room / f"{job.id}.{lease.attempt}"  # an earlier attempt may still be about, not knowing it is lost
        shutil.rmtree(folder, ignore_errors=True)  # what a killed attempt left
        folder.mkdir(parents=True)
        try:
            with Heartbeat(self._db, self._jobs, lease, self._clock, self._settings.jobs) as heart:
                self._attempt(job, lease, folder, heart)
        except LeaseLost:
            log.warning("lease_lost job=%s attempt=%s", job.id, lease.attempt)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _attempt(self, job: Job, lease: Lease, folder: Path, heart: Heartbeat) -> None:
        try:
            finished = self._process(job, lease, folder, heart)
        except LeaseLost:
            raise
        except Cancelled:
            self._fail(job, lease, State.CANCELLED, "cancelled", CANCELLED_TEXT)
        except InputUnusable as error:
            self._fail(job, lease, State.ERROR, error.code, error.message)
        except JobFailed as error:
            self._fail(job, lease, State.FAILED, error.code, error.message)
        except SoftTimeLimitExceeded:
            self._fail(job, lease, State.FAILED, "timed_out", "The task took too long and was stopped")
        except (Retryable, Unavailable) as error:
            self._retry(job, lease, "retries_exhausted", str(error) or INTERNAL_TEXT)
        except OSError as error:
            log.exception("job_io_failed job=%s", job.id)
            self._retry(job, lease, "io_error", DISK_TEXT if error.errno else INTERNAL_TEXT)
        except Exception:
            # An error of ours: try again, then end in a state. What it was is for the log, not for the caller.
            log.exception("job_crashed job=%s attempt=%s", job.id, lease.attempt)
            self._retry(job, lease, "internal", INTERNAL_TEXT)
        else:
            self._finish(job, lease, finished)

    def _process(self, job: Job, lease: Lease, folder: Path, heart: Heartbeat) -> Finished:
        feature = by_name(job.feature)
        pipeline = load_pipeline(feature.name)
        started_s = time.monotonic()
        linked = any(given.get("url") for given in job.inputs)
        first = FETCHED if linked else 0.0
        inputs = fetch_inputs(
            job, feature, folder, settings=self._settings, storage=self._storage, egress=self._egress,
            media=self._media, report=heart.part(0.0, first),
        )  # fmt: skip
        try:
            with self._engines.borrow(*pipeline.TASKS) as engines:
                shelf = LibraryShelf(self._db, self._storage, self._media, job.key_id, folder)
                ctx = Context(inputs, self._media, folder, heart.part(first, PROCESSED), engines, shelf)
                ctx.deliver = lambda: self._deliver(job, lease, ctx)
                ctx.seed = int.from_bytes(hashlib.sha256(job.id.encode()).digest()[:8]) % SEEDS
                pipeline.run(feature.params.model_validate(job.params), ctx)
        except EngineMissing as error:
            log.error("engine_missing job=%s %s", job.id, error)  # noqa: TRY400 - the text says it all
            raise JobFailed("engine_missing", NO_ENGINE_TEXT) from None
        except IsolatedFailed as error:
            raise JobFailed("engine_failed", f"The engine gave up: {str(error)[:SHOWN_CHARS]}") from error
        ctx.set(engine=engines.names, provenance=engines.provenance)
        heart.report(PROCESSED)
        outputs = store_outputs(job, ctx, self._storage)
        store_manifest(job, ctx, outputs, self._storage, self._clock.now())
        heart.report(1.0)
        source_s = next((source.info.duration_s for source in inputs.values() if source.info.duration_s), None)
        shown_s = float(ctx.values.get("duration_s", source_s or 0.0))
        return Finished(
            outputs=outputs,
            values=ctx.values,
            audio_s=shown_s if source_s is None else source_s,
            duration_s=shown_s,
            run_s=time.monotonic() - started_s,
        )

    def _deliver(self, job: Job, lease: Lease, ctx: Context) -> None:
        """What there is so far goes to the caller while the rest is made."""
        outputs = store_outputs(job, ctx, self._storage)
        with self._db.transaction() as session:
            events = self._jobs.deliver(session, lease, outputs, ctx.values, self._clock.now())
        self._announce(events)

    def _finish(self, job: Job, lease: Lease, finished: Finished) -> None:
        now = self._clock.now()
        job.outputs = finished.outputs
        sweep_at = next_sweep(job, self._settings.storage, now, now) or now
        with self._db.transaction() as session:
            events = self._jobs.finish(session, lease, finished, now, sweep_at)
        log.info("job_finished job=%s feature=%s run_s=%.2f", job.id, job.feature, finished.run_s)
        self._announce(events)

    def _fail(self, job: Job, lease: Lease, state: State, code: str, text: str) -> None:
        with self._db.transaction() as session:
            events = self._jobs.fail(session, lease, state, code, text, self._clock.now())
        log.info("job_failed job=%s feature=%s code=%s", job.id, job.feature, code)
        self._announce(events)
        self._forget_files(job)

    def _retry(self, job: Job, lease: Lease, code: str, text: str) -> None:
        with self._db.transaction() as session:
            events = self._jobs.retry(session, lease, code, text, self._clock.now())
            over = _is_over(session, job.id)
        log.warning("attempt_failed job=%s attempt=%s code=%s", job.id, lease.attempt, code)
        self._announce(events)
        if over:
            self._forget_files(job)

    def _announce(self, events: list[str]) -> None:
        for event_id in events:
            self._bell.event(event_id)

    def _forget_files(self, job: Job) -> None:
        """A job that did not complete keeps what it delivered. The sweep deletes what cannot be deleted now."""
        with self._db.read() as session:
            ended = session.get(Job, job.id)
            if ended is not None and was_delivered(ended):
                return
        try:
            strays = [stored.key for stored in self._storage.entries(outputs_prefix(job.id))]
            for key in [*(given["key"] for given in job.inputs if given.get("key")), *strays]:
                self._storage.delete(key)
        except (OSError, Unavailable):
            log.warning("files_not_deleted job=%s", job.id)


def _is_over(session: Session, job_id: str) -> bool:
    job = session.get(Job, job_id)
    return job is not None and job.finished_at is not None
