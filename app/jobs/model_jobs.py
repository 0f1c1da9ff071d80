"""Work on models that an admin key asked for: pull, verify, remove, load. One unfinished job per model.

queued ──▶ running ──▶ done | failed
   ▲          │
   └──────────┘ its worker fell silent, was stopped, or another process had the files
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.contract.enums import Lane
from app.errors import BadInput, Conflict, LeaseLost
from app.infra.ids import new_id
from app.jobs.inventory import Known, known_model, loaded_models
from app.jobs.reaper import FORGOTTEN
from app.jobs.tables import ApiKey, ModelJob
from app.settings import JobSettings

IO_AT_ONCE = 4  # jobs of the io lane, which webhooks need too
MESSAGE_CHARS = 1000
LOST = "The worker was lost {attempts} times"


class Action(StrEnum):
    PULL = "pull"
    VERIFY = "verify"
    REMOVE = "remove"
    LOAD = "load"


class ModelState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (ModelState.QUEUED, ModelState.RUNNING)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job, for as long as it is renewed."""

    job_id: str
    token: str
    attempt: int


def ask(
    session: Session, key: ApiKey, model_id: str, action: Action, now: datetime, *, accepts_licence: bool = False
) -> ModelJob:
    """The job that does it: a new one, or the unfinished one that was asked for before.

    Raises NotFound for an unknown model, Conflict for what cannot be done now, BadInput for a licence that must be
    accepted first.
    """
    known = known_model(session, model_id)
    unfinished = _unfinished(session, model_id)
    if unfinished is None:
        _check(session, known, action, now, accepts_licence=accepts_licence)
        job = ModelJob(
            id=new_id(),
            model_id=model_id,
            action=action,
            lane=known["lane"] if action is Action.LOAD else Lane.IO,
            state=ModelState.QUEUED,
            key_id=key.id,
            asked_by=key.name,
            accepts_licence=accepts_licence,
            total_bytes=known["size_bytes"],
            rung_at=now,
            created_at=now,
        )
        try:
            with session.begin_nested():
                session.add(job)
        except IntegrityError:  # another request was faster
            unfinished = _unfinished(session, model_id)
        else:
            return job
    if unfinished is None or unfinished.action != action:
        what = f"has an unfinished {unfinished.action}" if unfinished else "has just changed"
        message = f"{model_id} {what}; try again when it has ended"
        raise Conflict(message)
    return unfinished


def _unfinished(session: Session, model_id: str) -> ModelJob | None:
    return session.scalar(select(ModelJob).where(ModelJob.model_id == model_id, ModelJob.state.in_(UNFINISHED)))


def _check(session: Session, known: Known, action: Action, now: datetime, *, accepts_licence: bool) -> None:
    model_id = known["id"]
    problem = ""
    if known["state"] == "built in":
        problem = f"is built in: there is nothing to {action}"
    elif action is Action.LOAD:
        problem = "" if known["state"] == "installed" else f"cannot be loaded: {_lack(known)}"
    elif not known["files"]:
        problem = "has no weights, only an environment of its own"
    elif action is Action.PULL:
        if known["source"]["kind"] == "none":
            problem = f"can only be imported from a folder: `woodshed models import {model_id}`"
        elif known["to_accept"] and not accepts_licence:
            message = f"{model_id}: {known['to_accept']}; send accept_licence: true if you accept it"
            raise BadInput(message)
    elif known["installed"] is None:
        problem = "is not installed"
    elif action is Action.REMOVE and (holders := loaded_models(session, now, model_id)):
        problem = f"is in use by {', '.join(row.worker for row in holders)}; unload it first"
    if problem:
        message = f"{model_id} {problem}"
        raise Conflict(message)


def _lack(known: Known) -> str:
    if known["state"] == "changed":
        return "its files are not what was verified"
    if known["files"] and known["installed"] is None:
        return "it is not installed"
    return "its environment is not built"


def last_jobs(session: Session, model_id: str, limit: int) -> Sequence[ModelJob]:
    """The jobs of a model, newest first."""
    jobs = select(ModelJob).where(ModelJob.model_id == model_id).order_by(ModelJob.created_at.desc()).limit(limit)
    return session.scalars(jobs).all()


def claim(session: Session, job_id: str, now: datetime, settings: JobSettings) -> tuple[ModelJob, Claim] | None:
    """Begin an attempt; None when the job is not waiting, or enough of its kind are running."""
    other = aliased(ModelJob)
    running = (
        select(func.count(other.id)).where(other.state == ModelState.RUNNING, other.lane == Lane.IO).scalar_subquery()
    )
    token = new_id()
    job = session.scalars(
        update(ModelJob)
        .where(
            ModelJob.id == job_id,
            ModelJob.state == ModelState.QUEUED,
            or_(ModelJob.lane != Lane.IO, running < IO_AT_ONCE),
        )
        .values(
            state=ModelState.RUNNING,
            lease_token=token,
            lease_until=now + settings.lease,
            attempts=ModelJob.attempts + 1,
            done_bytes=0,
            started_at=now,
        )
        .returning(ModelJob)
        .execution_options(populate_existing=True, synchronize_session=False)
    ).one_or_none()
    return None if job is None else (job, Claim(job_id, token, job.attempts))


def beat(session: Session, held: Claim, done_bytes: int, now: datetime, settings: JobSettings) -> None:
    """Renew the lease and store the progress. Raises LeaseLost."""
    _change(session, held, lease_until=now + settings.lease, done_bytes=done_bytes)


def finish(session: Session, held: Claim, message: str, done_bytes: int, now: datetime) -> None:
    """Running → done. Raises LeaseLost."""
    _change(session, held, done_bytes=done_bytes, **_ended(ModelState.DONE, message, now))


def fail(session: Session, held: Claim, message: str, now: datetime) -> None:
    """Running → failed. Raises LeaseLost."""
    _change(session, held, **_ended(ModelState.FAILED, message, now))


def give_back(session: Session, held: Claim, now: datetime) -> None:
    """Running → queued by a worker that is stopping; it does not count as an attempt. Raises LeaseLost."""
    _change(session, held, attempts=held.attempt - 1, rung_at=now, **_waiting())


def retry(session: Session, held: Claim, message: str, now: datetime, settings: JobSettings) -> None:
    """Running → queued, or → failed after the last attempt. Raises LeaseLost."""
    if held.attempt >= settings.max_attempts:
        fail(session, held, message, now)
    else:
        _change(session, held, rung_at=now, message=message[:MESSAGE_CHARS], **_waiting())


def reap(session: Session, settings: JobSettings, now: datetime) -> None:
    """Bring back jobs whose worker fell silent; those that were brought back too often have failed."""
    expired = select(ModelJob).where(ModelJob.state == ModelState.RUNNING, ModelJob.lease_until < now)
    for job in session.scalars(expired).all():
        held = Claim(job.id, job.lease_token or "", job.attempts)
        try:
            if job.attempts >= settings.max_attempts:
                fail(session, held, LOST.format(attempts=job.attempts), now)
            else:
                _change(session, held, rung_at=None, **_waiting())
        except LeaseLost:
            continue  # its worker was heard from after all


def unheard(session: Session, settings: JobSettings, now: datetime, empty: Sequence[Lane]) -> list[tuple[Lane, str]]:
    """Waiting jobs to announce again: rarely, while the queue of their lane holds messages."""
    again = ModelJob.lane.in_(empty) & (ModelJob.rung_at <= now - settings.ring_again_after)
    forgotten = ModelJob.rung_at <= now - FORGOTTEN * settings.ring_again_after
    found = session.execute(
        update(ModelJob)
        .where(ModelJob.state == ModelState.QUEUED, or_(ModelJob.rung_at.is_(None), again, forgotten))
        .values(rung_at=now)
        .returning(ModelJob.lane, ModelJob.id)
        .execution_options(synchronize_session=False)
    ).all()
    return [(Lane(lane), job_id) for lane, job_id in found]


def is_pulling(session: Session) -> bool:
    """Whether any pull is unfinished."""
    pulls = select(ModelJob.id).where(ModelJob.action == Action.PULL, ModelJob.state.in_(UNFINISHED)).limit(1)
    return session.scalar(pulls) is not None


def _change(session: Session, held: Claim, **values: object) -> None:
    changed = session.scalar(
        update(ModelJob)
        .where(ModelJob.id == held.job_id, ModelJob.state == ModelState.RUNNING, ModelJob.lease_token == held.token)
        .values(**values)
        .returning(ModelJob.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise LeaseLost


def _waiting() -> dict[str, object]:
    return {"state": ModelState.QUEUED, "lease_token": None, "lease_until": None}


def _ended(state: ModelState, message: str, now: datetime) -> dict[str, object]:
    return {
        "state": state,
        "message": message[:MESSAGE_CHARS],
        "finished_at": now,
        "lease_token": None,
        "lease_until": None,
    }
