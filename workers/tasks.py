"""The Celery tasks. Each takes ids only, may run twice, and answers nothing: the database holds the result."""

import math
from collections.abc import Callable
from datetime import timedelta

from celery import Celery

from app.infra.queue import CANARY, DELIVER, MODEL, REAP, RUN, SURVEY, SWEEP
from app.settings import Settings
from workers.services import WorkerServices

GRACE = timedelta(seconds=60)  # between the soft limit, which ends the job in a state, and the hard one
SWEEP_S = 60.0
SURVEY_S = 10.0


def register(celery: Celery, settings: Settings, services: Callable[[], WorkerServices]) -> None:
    """Add the tasks to `celery`; `services` is asked for at the first task, after the fork."""
    limit = settings.jobs.time_limit

    @celery.task(
        name=RUN,
        acks_late=True,
        reject_on_worker_lost=True,
        soft_time_limit=math.ceil(limit.total_seconds()),
        time_limit=math.ceil((limit + GRACE).total_seconds()),
    )
    def run(job_id: str) -> None:
        services().runner.run(job_id)

    @celery.task(name=DELIVER, acks_late=True)
    def deliver(event_id: str) -> None:
        services().delivery.deliver(event_id)

    @celery.task(
        name=MODEL,
        acks_late=True,
        reject_on_worker_lost=True,
        soft_time_limit=math.ceil(limit.total_seconds()),
        time_limit=math.ceil((limit + GRACE).total_seconds()),
    )
    def model(job_id: str) -> None:
        services().model_jobs.run(job_id)

    @celery.task(name=SURVEY)
    def survey() -> None:
        services().model_jobs.survey()

    @celery.task(name=REAP)
    def reap() -> None:
        services().housekeeping.reap()

    @celery.task(name=SWEEP)
    def sweep() -> None:
        services().housekeeping.sweep()

    @celery.task(name=CANARY)
    def canary(lane: str) -> None:
        if lane == "all":
            services().housekeeping.send_canaries()
        else:
            services().housekeeping.canary_seen(lane)


def schedule(settings: Settings) -> dict[str, dict[str, object]]:
    """What beat sends. Messages expire, so that they do not pile up while no worker listens."""
    jobs = settings.jobs
    plan = [
        ("reap", REAP, [], jobs.reap_every.total_seconds()),
        ("canaries", CANARY, ["all"], jobs.canary_every.total_seconds()),
        ("sweep", SWEEP, [], SWEEP_S),
        ("survey", SURVEY, [], SURVEY_S),
    ]
    return {
        name: {"task": task, "args": args, "schedule": every_s, "options": {"queue": "io", "expires": every_s * 2}}
        for name, task, args, every_s in plan
    }
