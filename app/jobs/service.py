"""A job's life after submit: claim, heartbeat, finish, fail, retry, cancel.

Every move is one UPDATE that names the state (and the lease) it starts from. Who updates no row has lost: another
worker, the reaper or the caller was faster. Final moves insert the webhooks and settle the credits in the same
transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import LeaseLost
from app.features import by_name
from app.features._spec import Feature
from app.infra.ids import new_id
from app.infra.links import Links
from app.jobs import eta
from app.jobs.credits import PriceList, settle
from app.jobs.outbox import add_events
from app.jobs.results import failure_payloads, success_payloads
from app.jobs.state import FINAL, UNFINISHED, WIRE, State
from app.jobs.tables import Job, Json
from app.settings import JobSettings

CANCELLED_TEXT = "Cancelled by the caller"
CLOCKS_DIFFER = timedelta(seconds=2)  # a message must not be lost on a worker whose clock is a little behind
LOST_TEXT = "The task could not be processed: its worker stopped unexpectedly, {attempts} times"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one attempt of a job."""

    job_id: str
    token: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Finished:
    """What an attempt produced. `outputs`: name → {key, file_name, content_type, size_bytes}."""

    outputs: Json
    values: Json
    audio_s: float  # of the input, or of the output where there is no input: what is paid and what ETAs learn from
    duration_s: float  # of the output, shown to the caller
    run_s: float


class JobService:
    """Moves jobs. Methods take the session of the caller's transaction and return webhook ids to announce after it."""

    def __init__(self, settings: JobSettings, prices: PriceList, links: Links) -> None:
        self._settings = settings
        self._prices = prices
        self._links = links

    def claim(self, session: Session, job_id: str, now: datetime) -> tuple[Job, Lease] | None:
        """Start an attempt; None when the job is not waiting, not due, or does not exist."""
        token = new_id()
        job = session.scalars(
            update(Job)
            .where(
                Job.id == job_id,
                Job.state == State.QUEUED,
                Job.due_at <= now + CLOCKS_DIFFER,
            )
            .values(
                state=State.RUNNING,
                lease_token=token,
                lease_until=now + self._settings.lease,
                attempts=Job.attempts + 1,
                progress=0.0,
                started_at=now,
                updated_at=now,
            )
            .returning(Job)
            .execution_options(populate_existing=True)
        ).one_or_none()
        return None if job is None else (job, Lease(job_id, token, job.attempts))

    def heartbeat(self, session: Session, lease: Lease, progress: float, now: datetime) -> bool:
        """Extend the lease and move the progress, never backwards; True when the caller asked to cancel."""
        row = session.execute(
            update(Job)
            .where(*_held(lease))
            .values(
                lease_until=now + self._settings.lease,
                progress=_greatest(session, Job.progress, min(max(progress, 0.0), 1.0)),
                updated_at=now,
            )
            .returning(Job.cancel_requested)
        ).one_or_none()
        if row is None:
            raise LeaseLost
        return bool(row[0])

    def deliver(self, session: Session, lease: Lease, outputs: Json, values: Json, now: datetime) -> list[str]:
        """Show what a running attempt has so far, and send the webhooks whose outputs are there. Raises LeaseLost."""
        job = session.scalars(
            update(Job)
            .where(*_held(lease))
            .values(outputs=outputs, values=values, updated_at=now)
            .returning(Job)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if job is None:
            raise LeaseLost
        return add_events(session, job, success_payloads(job, by_name(job.feature), self._links, now), now)

    def finish(
        self, session: Session, lease: Lease, finished: Finished, now: datetime, sweep_at: datetime
    ) -> list[str]:
        """RUNNING → COMPLETED with outputs, cost and webhooks. Raises LeaseLost."""
        job = self._leave(
            session, lease, State.COMPLETED, now,
            progress=1.0, outputs=finished.outputs, values=finished.values, duration_s=finished.duration_s,
            sweep_at=sweep_at,
        )  # fmt: skip
        feature = by_name(job.feature)
        quantity = float(job.values.get("quantity", 1.0))
        job.cost_micros = (
            self._prices.cost_micros(feature, quantity=quantity, audio_s=finished.audio_s)
            if feature.price.unit == "minute"
            else job.reserved_micros
        )
        settle(session, job.key_id, job.reserved_micros, job.cost_micros)
        eta.learn(session, job.feature, finished.audio_s, finished.run_s)
        return add_events(session, job, success_payloads(job, feature, self._links, now), now)

    def fail(self, session: Session, lease: Lease, state: State, code: str, text: str, now: datetime) -> list[str]:
        """RUNNING → FAILED, ERROR or CANCELLED; the reservation is given back. Raises LeaseLost."""
        job = self._leave(session, lease, state, now, error_code=code, error_text=text, sweep_at=now)
        return self._failed(session, job, by_name(job.feature), state, text, now)

    def retry(self, session: Session, lease: Lease, code: str, text: str, now: datetime) -> list[str]:
        """RUNNING → QUEUED a little later, or → FAILED when this was the last attempt. Raises LeaseLost."""
        if session.scalar(select(Job.cancel_requested).where(Job.id == lease.job_id)):
            return self.fail(session, lease, State.CANCELLED, "cancelled", CANCELLED_TEXT, now)
        if lease.attempt >= self._settings.max_attempts:
            return self.fail(session, lease, State.FAILED, code, text, now)
        wait = timedelta(seconds=5 * 2 ** (lease.attempt - 1))
        self._leave(session, lease, State.QUEUED, now, due_at=now + wait, rung_at=None, progress=0.0)
        return []

    def cancel(self, session: Session, job: Job, now: datetime) -> list[str]:
        """Cancel at once while queued; while running, ask the worker to stop. Finished jobs stay as they are."""
        # The flag first: it locks the row, and whoever moves the job from now on sees it.
        session.execute(
            update(Job).where(Job.id == job.id, Job.state.in_(UNFINISHED)).values(cancel_requested=True, updated_at=now)
        )
        moved = session.scalars(
            update(Job)
            .where(Job.id == job.id, Job.state == State.QUEUED)
            .values(
                state=State.CANCELLED, error_code="cancelled", error_text=CANCELLED_TEXT, **_ended(now), sweep_at=now
            )
            .returning(Job)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if moved is not None:
            return self._failed(session, moved, by_name(moved.feature), State.CANCELLED, CANCELLED_TEXT, now)
        session.refresh(job)
        return []

    def reap(self, session: Session, job: Job, now: datetime) -> list[str]:
        """A job whose lease has run out: run it again, or end it when cancelled or out of attempts."""
        lease = Lease(job.id, job.lease_token or "", job.attempts)
        if job.cancel_requested:
            return self.fail(session, lease, State.CANCELLED, "cancelled", CANCELLED_TEXT, now)
        if job.attempts >= self._settings.max_attempts:
            text = LOST_TEXT.format(attempts=job.attempts)
            return self.fail(session, lease, State.FAILED, "worker_lost", text, now)
        self._leave(session, lease, State.QUEUED, now, due_at=now, rung_at=None, progress=0.0)
        return []

    def _leave(self, session: Session, lease: Lease, state: State, now: datetime, **values: Any) -> Job:  # noqa: ANN401 - columns
        ended = _ended(now) if state in FINAL else {"updated_at": now}
        job = session.scalars(
            update(Job)
            .where(*_held(lease))
            .values(state=state, lease_token=None, lease_until=None, **(ended | values))
            .returning(Job)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if job is None:
            raise LeaseLost
        return job

    def _failed(
        self, session: Session, job: Job, feature: Feature, state: State, text: str, now: datetime
    ) -> list[str]:
        settle(session, job.key_id, job.reserved_micros, 0)
        job.cost_micros = job.reserved_micros = 0
        return add_events(session, job, failure_payloads(job, feature, WIRE[state], text), now)


def _held(lease: Lease) -> tuple[Any, ...]:
    return (Job.id == lease.job_id, Job.state == State.RUNNING, Job.lease_token == lease.token)


def _ended(now: datetime) -> dict[str, Any]:
    return {"finished_at": now, "updated_at": now}


def _greatest(session: Session, column: Any, value: float) -> Any:  # noqa: ANN401 - SQL expressions
    """The larger of two numbers; SQLite and PostgreSQL spell it differently."""
    name = "max" if session.get_bind().dialect.name == "sqlite" else "greatest"
    return getattr(func, name)(column, value)
