"""What a worker process uses, built once per process and after the fork."""

import os
import random
from dataclasses import dataclass

from celery import Celery

from app.infra.clock import SystemClock
from app.infra.db import Database
from app.infra.egress import Egress
from app.infra.links import Links, link_secret
from app.infra.media import Media
from app.infra.queue import CeleryBell
from app.infra.storage import open_storage
from app.infra.webhooks import WebhookSender
from app.jobs.credits import PriceList
from app.jobs.schema import upgrade
from app.jobs.service import JobService
from app.settings import Settings
from models.catalogue import Engines
from workers.delivery import Delivery
from workers.housekeeping import Housekeeping
from workers.model_jobs import ModelJobs
from workers.residents import Residents
from workers.runner import Runner


@dataclass(frozen=True, slots=True)
class WorkerServices:
    runner: Runner
    delivery: Delivery
    housekeeping: Housekeeping
    model_jobs: ModelJobs
    residents: Residents


def build(settings: Settings, celery: Celery, node: str) -> WorkerServices:
    """`node`: the name of the Celery worker that this process belongs to."""
    clock = SystemClock()
    db = Database(settings.resolved_database_url)
    upgrade(db)
    storage = open_storage(settings.storage, settings.data_dir)
    egress = Egress(settings.egress)
    bell = CeleryBell(celery, settings.broker_url)
    links = Links(link_secret(settings), settings.storage.link_ttl)
    jobs = JobService(settings.jobs, PriceList(settings.credits), links)
    engines = Engines(settings.weights_dir, settings.engines.pinned)
    worker = f"{node}/{os.getpid()}"
    residents = Residents(settings=settings.jobs, clock=clock, db=db, room=engines.room, worker=worker)
    return WorkerServices(
        runner=Runner(
            settings=settings,
            clock=clock,
            db=db,
            storage=storage,
            egress=egress,
            media=Media(settings.media, settings.ffmpeg),
            bell=bell,
            jobs=jobs,
            engines=engines,
        ),
        delivery=Delivery(
            settings=settings.webhooks,
            clock=clock,
            db=db,
            sender=WebhookSender(egress, settings.webhooks),
            bell=bell,
            chance=random.random,
        ),
        housekeeping=Housekeeping(settings=settings, clock=clock, db=db, storage=storage, bell=bell, jobs=jobs),
        model_jobs=ModelJobs(
            settings=settings.jobs,
            clock=clock,
            db=db,
            engines=engines,
            worker=worker,
            tell_loaded=residents.look,
        ),
        residents=residents,
    )
