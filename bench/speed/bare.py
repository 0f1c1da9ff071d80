"""What a user would write first: a bare FastAPI route that sends a bare Celery task. No store, no keys, no limits."""

import os
import time

from celery import Celery
from fastapi import FastAPI
from pydantic import BaseModel
from redis import Redis

BROKER = os.environ.get("BARE_BROKER", "redis://127.0.0.1:6379/1")
celery = Celery("bare", broker=BROKER)
celery.conf.update(
    task_ignore_result=True, task_default_queue="bare", worker_prefetch_multiplier=1, task_acks_late=True
)
STARTED = "bare-started"


@celery.task(name="bare.hello")
def hello(sent_s: float) -> None:
    """Leaves how long it took from the call to here."""
    Redis.from_url(BROKER).rpush(STARTED, time.time() - sent_s)


@celery.task(name="bare.nothing")
def nothing() -> None: ...


class Body(BaseModel):
    audio_url: str
    target_format: str


app = FastAPI()


@app.post("/hello")
def accept(body: Body) -> dict[str, object]:
    nothing.apply_async(queue="nobody")
    return {"success": True, "format": body.target_format}
