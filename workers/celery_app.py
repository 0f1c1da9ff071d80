"""The Celery application of the workers: `celery -A workers.celery_app worker -Q cpu`."""

import functools
import logging
import threading

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_ready

from app.infra.queue import celery_app
from app.infra.telemetry import set_up_logging
from app.settings import Settings
from workers import tasks
from workers.services import WorkerServices, build

log = logging.getLogger(__name__)
MIB_IN_KIB = 1024
_building = threading.Lock()

settings = Settings()
app: Celery = celery_app(settings)
app.conf.update(
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_max_memory_per_child=1536 * MIB_IN_KIB,
    worker_soft_shutdown_timeout=20.0,
    worker_enable_soft_shutdown_on_idle=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,  # the lease keeps a second runner away
    worker_send_task_events=False,
    beat_schedule=tasks.schedule(settings),
    beat_scheduler="celery.beat:Scheduler",  # keeps nothing on disk: all intervals are short
)


def services() -> WorkerServices:
    """Built once per process, after the fork: connections must not be shared across one. Threads may ask at once."""
    with _building:
        return _services()


@functools.cache
def _services() -> WorkerServices:
    for folder in ("uploads", "work"):
        (settings.data_dir / folder).mkdir(parents=True, exist_ok=True)
    return build(settings, app)


tasks.register(app, settings, services)


@setup_logging.connect
def _logging(**_kwargs: object) -> None:
    set_up_logging(settings.log_level)


@worker_process_init.connect
def _warm_up(**_kwargs: object) -> None:
    services()


@worker_ready.connect
def _ready(**_kwargs: object) -> None:
    log.info("worker_ready")
