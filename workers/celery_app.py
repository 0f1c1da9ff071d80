"""The Celery application of the workers: `celery -A workers.celery_app worker -Q cpu`."""

import functools
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from celery import Celery
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)

from app.infra.queue import celery_app
from app.infra.telemetry import set_up_logging
from app.settings import Settings
from workers import tasks
from workers.services import WorkerServices, build

log = logging.getLogger(__name__)
MIB_IN_KIB = 1024
_building = threading.Lock()
_node = ["worker"]  # the name of this Celery worker, known before it forks

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
    return build(settings, app, _node[0])


tasks.register(app, settings, services)


@setup_logging.connect
def _logging(**_kwargs: object) -> None:
    set_up_logging(settings.log_level)


@celeryd_init.connect
def _name(sender: str, **_kwargs: object) -> None:
    _node[0] = sender


@worker_process_init.connect
def _warm_up(**_kwargs: object) -> None:
    services().residents.start()


@worker_process_shutdown.connect
def _forget(**_kwargs: object) -> None:
    services().residents.stop()


@worker_ready.connect
def _ready(**_kwargs: object) -> None:
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(number, _handing_back(signal.getsignal(number)))
    log.info("worker_ready")


def _handing_back(celerys: Any) -> Callable[[int, FrameType | None], None]:  # noqa: ANN401 - as signal gives it
    """Celery's own handler waits 20 s for what runs, and cannot end a thread: a pull has to be told before."""

    def handle(number: int, frame: FrameType | None) -> None:
        if _services.cache_info().currsize:
            _services().model_jobs.stop()
        if callable(celerys):
            celerys(number, frame)

    return handle
