"""Finds what was lost: jobs whose worker fell silent, jobs and webhooks nobody was told about."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.contract.enums import Lane
from app.errors import LeaseLost
from app.infra.clock import Clock
from app.jobs.service import JobService
from app.jobs.state import State
from app.jobs.tables import Job
from app.settings import JobSettings

log = logging.getLogger(__name__)
BATCH = 500
FORGOTTEN = 10  # times ring_again_after
JUMP = timedelta(seconds=20)


class JumpGuard:
    """Tells when the wall clock was set forward, so that leases are not taken for run out.

    After a jump nothing is reaped until every living worker has had the time to renew its lease by the new clock.
    """

    def __init__(self, clock: Clock, quiet: timedelta) -> None:
        self._clock = clock
        self._quiet_s = quiet.total_seconds()
        self._wall = clock.now()
        self._mono_s = clock.monotonic_s()
        self._quiet_until_s = self._mono_s

    def steady(self) -> bool:
        wall, mono_s = self._clock.now(), self._clock.monotonic_s()
        drift = (wall - self._wall) - timedelta(seconds=mono_s - self._mono_s)
        self._wall, self._mono_s = wall, mono_s
        if abs(drift) > JUMP:
            self._quiet_until_s = mono_s + self._quiet_s
        return mono_s >= self._quiet_until_s


@dataclass(frozen=True, slots=True)
class Reaped:
    """Webhook ids to announce, and how many jobs were found lost."""

    events: list[str]
    lost: int


def reap(session: Session, service: JobService, now: datetime) -> Reaped:
    """Handle jobs whose lease has run out, and nothing else."""
    events: list[str] = []
    lost = 0
    expired = select(Job).where(Job.state == State.RUNNING, Job.lease_until < now).limit(BATCH)
    for job in session.scalars(expired).all():
        try:
            events += service.reap(session, job, now)
        except LeaseLost:
            continue  # its worker was heard from after all
        lost += 1
        log.warning("job_lost job=%s attempt=%s", job.id, job.attempts)
    return Reaped(events, lost)


def unheard_jobs(
    session: Session, settings: JobSettings, now: datetime, empty_lanes: Sequence[Lane]
) -> list[tuple[Lane, str]]:
    """Queued jobs to announce: never announced, or announced a while ago in a lane whose queue is empty.

    While a queue holds messages, a waiting job has probably one of them, and announcing it again would only pile up;
    but after ten times that while it is announced all the same, as its message may have been lost.
    """
    again = Job.lane.in_([lane.value for lane in empty_lanes]) & (Job.rung_at <= now - settings.ring_again_after)
    forgotten = Job.rung_at <= now - FORGOTTEN * settings.ring_again_after
    waiting = (
        select(Job.id)
        .where(Job.state == State.QUEUED, Job.due_at <= now, or_(Job.rung_at.is_(None), again, forgotten))
        .order_by(Job.rung_at.is_not(None), Job.rung_at, Job.due_at)
        .limit(BATCH)
    )
    found = session.execute(
        update(Job).where(Job.id.in_(waiting)).values(rung_at=now).returning(Job.lane, Job.id)
    ).all()
    return [(Lane(lane), job_id) for lane, job_id in found]
