"""From a checked request to a stored job, in one transaction."""

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select
from sqlalchemy.orm import Session

from app.contract.enums import Category, Lane
from app.contract.envelope import Reply, accepted_edit, accepted_one, accepted_two
from app.errors import Busy, Conflict
from app.features import _spec
from app.features._spec import Feature
from app.infra.links import Links
from app.jobs.credits import PriceList, reserve, usd
from app.jobs.eta import UNKNOWN, estimate_s
from app.jobs.state import UNFINISHED, State
from app.jobs.tables import ApiKey, Conversion, IdempotentReply, Job, Json
from app.settings import JobSettings

TOO_MANY = "Too Many Parallel Requests"


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked request. `audio_s` is None while nobody has seen the audio (links)."""

    task_id: str
    conversion_ids: tuple[str, ...]
    feature: Feature
    params: Json
    inputs: list[Json]
    audio_s: float | None
    quantity: float
    webhook_url: str
    base_url: str
    key_id: str
    request_id: str = ""
    idempotency_key: str = ""
    fingerprint: str = ""
    planned_outputs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    reply: Reply
    created: bool
    lane: Lane


# Built once: putting a query together costs more than running it.
_KEY = (
    select(ApiKey.id, ApiKey.parallel, ApiKey.balance_micros).where(ApiKey.id == bindparam("key_id")).with_for_update()
)
_UNFINISHED = (
    select(Job.id)
    .where(Job.key_id == bindparam("key_id"), Job.category == bindparam("category"), Job.state.in_(UNFINISHED))
    .offset(bindparam("allowed"))
    .limit(1)
)
_AHEAD = select(func.sum(Job.expected_s)).where(Job.state.in_(UNFINISHED), Job.lane == bindparam("lane"))
_ADD_JOB = insert(cast("Table", Job.__table__))
_ADD_CONVERSION = insert(cast("Table", Conversion.__table__))


def check_parallel(
    session: Session, key_id: str, parallel: int | None, category: Category, settings: JobSettings
) -> None:
    """Raise Busy when the key has as many unfinished tasks of this category as it may; `parallel` None: the setting."""
    limit = settings.parallel_per_category if parallel is None else parallel
    wanted = {"key_id": key_id, "category": category.value, "allowed": max(limit - 1, 0)}
    if limit < 1 or session.connection().execute(_UNFINISHED, wanted).first() is not None:
        raise Busy(TOO_MANY, retry_after_s=math.ceil(settings.retry_after.total_seconds()))


def submit(
    session: Session, submission: Submission, *, settings: JobSettings, prices: PriceList, links: Links, now: datetime
) -> Accepted:
    """Store the job. Raises Busy, NoCredit, or Conflict for an Idempotency-Key used with another body."""
    feature = submission.feature
    # Locks the key's row, so that limits, balance and idempotency hold when many requests arrive at once.
    connection = session.connection()
    key = connection.execute(_KEY, {"key_id": submission.key_id}).one()
    if submission.idempotency_key:
        earlier = session.get(IdempotentReply, (key.id, submission.idempotency_key))
        if earlier is not None and now - earlier.created_at < settings.idempotency:
            if earlier.fingerprint != submission.fingerprint:
                raise Conflict("This Idempotency-Key was used with a different request")
            return Accepted(earlier.reply, created=False, lane=feature.lane)
        if earlier is not None:
            session.delete(earlier)
            session.flush()
    check_parallel(session, key.id, key.parallel, feature.category, settings)
    cost_micros = prices.cost_micros(feature, quantity=submission.quantity, audio_s=submission.audio_s)
    reserve(session, key.id, key.balance_micros, cost_micros, feature.no_credit)
    expected_s = estimate_s(session, feature.name, submission.audio_s)
    eta_s = UNKNOWN if expected_s is None else math.ceil(expected_s + _ahead_s(session, feature.lane))
    # Plain inserts: the unit of work of the ORM would cost as much as all the rest of a submit.
    connection.execute(
        _ADD_JOB,
        {
            "id": submission.task_id,
            "key_id": key.id,
            "feature": feature.name,
            "kind": feature.kind.value,
            "category": feature.category.value,
            "lane": feature.lane.value,
            "state": State.QUEUED,
            "params": submission.params,
            "inputs": submission.inputs,
            "conversion_ids": list(submission.conversion_ids),
            "webhook_url": submission.webhook_url,
            "base_url": submission.base_url,
            "request_id": submission.request_id,
            "due_at": now,
            "rung_at": now,
            "created_at": now,
            "updated_at": now,
            "eta_s": eta_s,
            "expected_s": expected_s,
            "reserved_micros": cost_micros,
            "duration_s": submission.audio_s,
        },
    )
    connection.execute(
        _ADD_CONVERSION,
        [{"id": conversion_id, "job_id": submission.task_id} for conversion_id in submission.conversion_ids],
    )
    reply = _reply(submission, eta_s, cost_micros) | {
        name: links.url(submission.base_url, key_, now) for name, key_ in submission.planned_outputs.items()
    }
    if submission.idempotency_key:
        session.add(
            IdempotentReply(
                key_id=key.id,
                token=submission.idempotency_key,
                fingerprint=submission.fingerprint,
                reply=reply,
                created_at=now,
            )
        )
    return Accepted(reply, created=True, lane=feature.lane)


def _ahead_s(session: Session, lane: Lane) -> float:
    """Run time of everything unfinished in a lane."""
    waiting = session.connection().execute(_AHEAD, {"lane": lane.value}).scalar()
    return min(waiting or 0.0, 86_400.0)


def _reply(submission: Submission, eta_s: int, cost_micros: int) -> dict[str, Any]:
    feature, ids = submission.feature, submission.conversion_ids
    cost, message = usd(cost_micros), feature.accepted_message
    if feature.reply is _spec.Reply.A:
        return accepted_one(task_id=submission.task_id, conversion_id=ids[0], eta_s=eta_s, cost=cost, message=message)
    shape = accepted_two if feature.reply is _spec.Reply.B else accepted_edit
    return shape(task_id=submission.task_id, conversion_ids=ids, eta_s=eta_s, cost=cost, message=message)
