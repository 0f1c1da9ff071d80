"""The queue: Celery on a Redis-protocol server. A message is a doorbell with an id; the database is the truth."""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
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
MOST_WAITING = 10_000
CLOSING_S = 3.0

RUN, DELIVER, REAP, SWEEP, CANARY, MODEL, SURVEY = (
    f"woodshed.{name}" for name in ("run", "deliver", "reap", "sweep", "canary", "model", "survey")
)


class Bell(Protocol):
    """Announces work. Never raises: what was not heard is announced again from the database."""

    def job(self, lane: Lane, job_id: str) -> None: ...

    def event(self, event_id: str) -> None: ...

    def model_job(self, lane: Lane, job_id: str) -> None: ...

    def canary(self, lane: Lane) -> None: ...

    def waiting(self, lane: Lane) -> int | None:
        """Messages nobody has taken yet; None when the queue cannot be asked."""
        ...

    def check(self) -> None:
        """Raise Unavailable when the queue cannot be reached."""
        ...

    def close(self) -> None: ...


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

    def model_job(self, lane: Lane, job_id: str) -> None:
        self._send(MODEL, lane, [job_id])

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

    def close(self) -> None:
        self._redis.close()

    def _send(self, name: str, lane: Lane, arguments: list[Any]) -> None:
        try:
            self._app.send_task(name, args=arguments, queue=lane.value, retry=False, ignore_result=True)
        except (QueueDown, RedisError, OSError) as error:
            log.warning("bell_unheard task=%s error=%s", name, type(error).__name__)


class BackgroundBell:
    """A bell that rings from a thread of its own, so that an answer never waits for the queue.

    What is not rung when the process dies is announced again from the database.
    """

    def __init__(self, bell: CeleryBell) -> None:
        self._bell = bell
        self._ropes: queue.Queue[Callable[[], None] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def job(self, lane: Lane, job_id: str) -> None:
        self._later(lambda: self._bell.job(lane, job_id))

    def event(self, event_id: str) -> None:
        self._later(lambda: self._bell.event(event_id))

    def model_job(self, lane: Lane, job_id: str) -> None:
        self._later(lambda: self._bell.model_job(lane, job_id))

    def canary(self, lane: Lane) -> None:
        self._later(lambda: self._bell.canary(lane))

    def waiting(self, lane: Lane) -> int | None:
        return self._bell.waiting(lane)

    def check(self) -> None:
        self._bell.check()

    def close(self) -> None:
        """Ring what is left, for a moment at most."""
        if self._thread is not None:
            with contextlib.suppress(queue.Full):
                self._ropes.put_nowait(None)
            self._thread.join(CLOSING_S)

    def _later(self, pull: Callable[[], None]) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._ring, name="bell", daemon=True)
                self._thread.start()
        try:
            self._ropes.put_nowait(pull)
        except queue.Full:
            log.warning("bell_overrun")

    def _ring(self) -> None:
        while (pull := self._ropes.get()) is not None:
            try:
                pull()
            except Exception:
                log.exception("bell_failed")  # the thread goes on: nobody would start another
