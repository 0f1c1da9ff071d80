"""Webhook events: inserted with the state change that causes them, tried until delivered, listed for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from app.contract.webhook import Payload
from app.errors import NotFound
from app.infra.ids import new_id
from app.infra.webhooks import Attempt as Tried
from app.infra.webhooks import Outcome
from app.jobs.tables import Attempt, Job, OutboxEvent

CLOCKS_DIFFER = timedelta(seconds=1)  # between the hosts of a cluster


class EventState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"  # all tries failed; can be redelivered by hand
    GONE = "gone"  # the receiver answered 410


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event this process may deliver now; nobody else will until the lease ends."""

    event_id: str
    url: str
    payload: Payload
    tries: int
    lease_token: str


def add_events(session: Session, job: Job, payloads: Mapping[int, Payload], now: datetime) -> list[str]:
    """Insert one event per payload that has none yet at its position; returns the ids to announce."""
    if not job.webhook_url or not payloads:
        return []
    there = set(session.scalars(select(OutboxEvent.position).where(OutboxEvent.job_id == job.id)))
    events = [
        OutboxEvent(
            id=f"msg_{new_id()}",
            job_id=job.id,
            position=position,
            url=job.webhook_url,
            host=_host(job.webhook_url),
            payload=payload,
            state=EventState.WAITING,
            tries=0,
            next_try_at=now,
            rung_at=now,
            created_at=now,
        )
        for position, payload in payloads.items()
        if position not in there
    ]
    session.add_all(events)
    return [event.id for event in events]


def claim_event(session: Session, event_id: str, now: datetime, *, lease: timedelta, per_host: int) -> Delivery | None:
    """Take one due event. None when it is not due, somebody else has it, or its host is busy enough."""
    event = session.get(OutboxEvent, event_id)
    if event is None:
        return None
    busy = session.scalar(
        select(func.count())
        .select_from(OutboxEvent)
        .where(OutboxEvent.host == event.host, OutboxEvent.lease_until > now, OutboxEvent.state == EventState.WAITING)
    )
    if busy is not None and busy >= per_host:
        return None
    token = new_id()
    taken = _rows(
        session,
        update(OutboxEvent)
        .where(
            OutboxEvent.id == event_id,
            OutboxEvent.state == EventState.WAITING,
            OutboxEvent.next_try_at <= now + CLOCKS_DIFFER,
            or_(OutboxEvent.lease_until.is_(None), OutboxEvent.lease_until <= now),
        )
        .values(lease_token=token, lease_until=now + lease),
    )
    if not taken:
        return None
    return Delivery(event.id, event.url, event.payload, event.tries, token)


def next_for_host(session: Session, url: str, now: datetime) -> str | None:
    """Another due event for the host of `url`, so that a queue to one host moves on as each delivery ends."""
    return session.scalar(
        select(OutboxEvent.id)
        .where(
            OutboxEvent.host == _host(url),
            OutboxEvent.state == EventState.WAITING,
            OutboxEvent.next_try_at <= now,
            or_(OutboxEvent.lease_until.is_(None), OutboxEvent.lease_until <= now),
        )
        .order_by(OutboxEvent.next_try_at)
        .limit(1)
    )


def record_try(
    session: Session, delivery: Delivery, tried: Tried, now: datetime, next_delay: timedelta | None
) -> EventState:
    """Store what came of a try and when the next one is due; `next_delay` None: there is none."""
    state = EventState.WAITING
    if tried.outcome is Outcome.DELIVERED:
        state = EventState.DELIVERED
    elif tried.outcome is Outcome.GONE:
        state = EventState.GONE
    elif next_delay is None:
        state = EventState.EXHAUSTED
    taken = _rows(
        session,
        update(OutboxEvent)
        .where(OutboxEvent.id == delivery.event_id, OutboxEvent.lease_token == delivery.lease_token)
        .values(
            state=state,
            tries=OutboxEvent.tries + 1,
            next_try_at=now + (next_delay or timedelta(0)),
            rung_at=None,
            lease_token=None,
            lease_until=None,
            finished_at=None if state is EventState.WAITING else now,
        ),
    )
    if taken:
        session.add(
            Attempt(
                event_id=delivery.event_id,
                number=delivery.tries + 1,
                at=now,
                outcome=tried.outcome.value,
                status=tried.status,
                error=tried.error,
                response=tried.response_excerpt,
                elapsed_ms=tried.elapsed_ms,
            )
        )
    return state


def due_events(
    session: Session, now: datetime, *, ring_again_after: timedelta, limit: int, per_host: int
) -> Sequence[str]:
    """Ids of events whose time has come and that were not announced lately; marks them announced.

    A few per host, so that those of a dead receiver keep nobody else's waiting; `next_for_host` brings the others on.
    """
    place = func.row_number().over(partition_by=OutboxEvent.host, order_by=OutboxEvent.next_try_at)
    ranked = (
        select(OutboxEvent.id, OutboxEvent.next_try_at, place.label("place"))
        .where(
            OutboxEvent.state == EventState.WAITING,
            OutboxEvent.next_try_at <= now,
            or_(OutboxEvent.lease_until.is_(None), OutboxEvent.lease_until <= now),
            or_(OutboxEvent.rung_at.is_(None), OutboxEvent.rung_at <= now - ring_again_after),
        )
        .subquery()
    )
    due = select(ranked.c.id).where(ranked.c.place <= 2 * per_host).order_by(ranked.c.next_try_at).limit(limit)
    return session.scalars(
        update(OutboxEvent).where(OutboxEvent.id.in_(due)).values(rung_at=now).returning(OutboxEvent.id)
    ).all()


def list_events(session: Session, job_id: str) -> list[dict[str, Any]]:
    """Every event of a task with every try."""
    events = session.scalars(select(OutboxEvent).where(OutboxEvent.job_id == job_id).order_by(OutboxEvent.position))
    return [_listed(session, event) for event in events]


def redeliver(session: Session, job_id: str, event_id: str | None, now: datetime) -> list[str]:
    """Make events due again from the first try on; returns their ids. Raises NotFound when there are none."""
    chosen = update(OutboxEvent).where(OutboxEvent.job_id == job_id)
    if event_id is not None:
        chosen = chosen.where(OutboxEvent.id == event_id)
    ids = session.scalars(
        chosen.values(
            state=EventState.WAITING,
            tries=0,
            next_try_at=now,
            rung_at=now,
            finished_at=None,
            lease_token=None,
            lease_until=None,
        ).returning(OutboxEvent.id)
    ).all()
    if not ids:
        raise NotFound("This task has no such webhook")
    return list(ids)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "")[:255]


def _listed(session: Session, event: OutboxEvent) -> dict[str, Any]:
    tries = session.scalars(select(Attempt).where(Attempt.event_id == event.id).order_by(Attempt.id))
    return {
        "webhook_id": event.id,
        "state": event.state,
        "payload": event.payload,
        "tries": event.tries,
        "next_try_at": event.next_try_at.isoformat() if event.state == EventState.WAITING else None,
        "attempts": [
            {
                "number": tried.number,
                "at": tried.at.isoformat(),
                "outcome": tried.outcome,
                "status": tried.status,
                "error": tried.error,
                "response": tried.response,
                "elapsed_ms": tried.elapsed_ms,
            }
            for tried in tries
        ],
    }


def _rows(session: Session, statement: Any) -> int:  # noqa: ANN401 - any UPDATE
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
