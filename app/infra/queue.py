"""The queue: Celery on a Redis-protocol server. A message is a doorbell with an id; the database is the truth."""

import logging
from typing import Any, Protocol

from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.exceptions import OperationalError as QueueDown
from redis import Redis
from redis.exceptions import RedisError

from app.contract.enums import Lane
from app.errors import Unavailable
from app.settings import Settings

log = logging.getLogger(__name__)

RUN, DELIVER, REAP, SWEEP, CANARY = (f"woodshed.{name}" for name in ("run", "deliver", "reap", "sweep", "canary"))


class Bell(Protocol):
    """Announces work. Never raises: what was not heard is announced again from the database."""

    def job(self, lane: Lane, job_id: str) -> None: ...

    def event(self, event_id: str) -> None: ...

    def canary(self, lane: Lane) -> None: ...

    def waiting(self, lane: Lane) -> int | None:
        """Messages nobody has taken yet; None when the queue cannot be asked."""
        ...

    def check(self) -> None:
        """Raise Unavailable when the queue cannot be reached."""
        ...


def celery_app(settings: Settings) -> Celery:
    """The Celery application as both sides of the queue need it."""
    app = Celery("woodshed", broker=settings.broker_url, set_as_current=False)
    limit_s = settings.jobs.time_limit.total_seconds()
    app.conf.update(
        # The empty exchange routes by queue name alone: no binding table in Redis that a FLUSHALL could take away.
        task_queues=[Queue(lane.value, Exchange(""), routing_key=lane.value) for lane in Lane],
        task_default_queue=Lane.IO.value,
        task_default_exchange="",
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        # Longer than the longest run: an unacknowledged message is handed out again after this, and not while it runs.
        broker_transport_options={
            "visibility_timeout": limit_s + 1800,
            "socket_connect_timeout": 3,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 25,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_pool_limit=8,
        task_publish_retry=False,
        worker_hijack_root_logger=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


class CeleryBell:
    def __init__(self, app: Celery, url: str) -> None:
        self._app = app
        address = url.replace("redis+socket://", "unix://", 1)
        self._redis = Redis.from_url(address, socket_connect_timeout=3, socket_timeout=5)

    def job(self, lane: Lane, job_id: str) -> None:
        self._send(RUN, lane, [job_id])

    def event(self, event_id: str) -> None:
        self._send(DELIVER, Lane.IO, [event_id])

    def canary(self, lane: Lane) -> None:
        self._send(CANARY, lane, [lane.value])

    def waiting(self, lane: Lane) -> int | None:
        try:
            return int(self._redis.llen(lane.value))
        except (RedisError, OSError):
            return None

    def check(self) -> None:
        try:
            self._redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable("The queue cannot be reached") from error

    def _send(self, name: str, lane: Lane, arguments: list[Any]) -> None:
        try:
            self._app.send_task(name, args=arguments, queue=lane.value, retry=False, ignore_result=True)
        except (QueueDown, RedisError, OSError) as error:
            log.warning("bell_unheard task=%s error=%s", name, type(error).__name__)
