"""An answer that holds the result: GET /v1/prompt_to_lyrics waits for its task."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.jobs.state import State
from app.jobs.tables import Job
from tests.support.gateway import BASE, Gateway

pytestmark = pytest.mark.asyncio
PATH = f"{BASE}/prompt_to_lyrics"
PROMPT = "A sailor who misses the sea"


async def queued(gateway: Gateway, tasks: int) -> None:
    """Until so many tasks wait for a worker."""
    while len(gateway.bell.jobs) < tasks:  # noqa: ASYNC110 - the bell of the tests is no event
        await asyncio.sleep(0.01)


@asynccontextmanager
async def worker(gateway: Gateway) -> AsyncIterator[None]:
    """Runs what is queued, in a thread beside the gateway."""
    stop = asyncio.Event()

    async def work() -> None:
        while not stop.is_set():
            await asyncio.to_thread(gateway.work)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        stop.set()
        await task


async def ask(gateway: Gateway, path: str = PATH, key: str | None = None, **params: Any) -> httpx.Response:
    headers = params.pop("headers", {})
    async with gateway.client(key) as client:
        return await client.get(path, params=params, headers=headers)


@pytest.mark.parametrize("path", [PATH, f"{BASE}/lyrics_generator"])
async def test_the_answer_holds_the_lyrics_and_byid_has_them_too(gateway: Gateway, path: str) -> None:
    async with worker(gateway):
        answered = await ask(gateway, path, prompt=PROMPT, genre="folk")

    assert answered.status_code == 200, answered.text
    body = answered.json()
    assert set(body) == {"success", "task_id", "message", "lyrics", "title", "credit_estimate"}
    assert (body["success"], body["message"]) == (True, "Lyrics generated successfully")
    assert body["credit_estimate"] > 0
    assert body["lyrics"].startswith("[Verse 1]\n")
    async with gateway.client() as client:
        record = (await client.get(f"{BASE}/byId", params={"task_id": body["task_id"]})).json()["conversion"]
    assert (record["status"], record["lyrics"], record["title"]) == ("COMPLETED", body["lyrics"], body["title"])
    assert gateway.bell.events == []  # no webhooks


@pytest.mark.parametrize("prompt", ["", " " * 5, "x" * 1001, None])
async def test_a_prompt_of_the_wrong_length_is_the_documented_400(gateway: Gateway, prompt: str | None) -> None:
    answered = await ask(gateway, **({} if prompt is None else {"prompt": prompt}))

    assert answered.status_code == 400
    assert answered.json()["message"] == "Prompt must be between 1 and 1000 characters."
    assert gateway.bell.jobs == []


async def test_without_a_worker_it_is_a_504_that_names_the_task(gateway: Gateway) -> None:
    gateway.services.settings.jobs.answer_within = timedelta(seconds=0.2)

    answered = await ask(gateway, prompt=PROMPT)

    body = answered.json()
    assert (answered.status_code, body["success"]) == (504, False)
    assert "byId" in body["message"]
    gateway.work()
    async with gateway.client() as client:
        record = (await client.get(f"{BASE}/byId", params={"task_id": body["task_id"]})).json()["conversion"]
    assert record["lyrics"]


async def test_many_wait_side_by_side(gateway: Gateway) -> None:
    """The loop stays free: eight answers are waited for at once, and byId is answered in between."""
    async with gateway.client() as client:
        waiting = [asyncio.create_task(client.get(PATH, params={"prompt": PROMPT})) for _ in range(8)]
        await queued(gateway, len(waiting))
        task_id = gateway.bell.jobs[0][1]
        seen = await client.get(f"{BASE}/byId", params={"task_id": task_id})
        assert seen.json()["conversion"]["status"] == "IN_QUEUE"
        async with worker(gateway):
            answers = await asyncio.gather(*waiting)

    assert [answered.status_code for answered in answers] == [200] * 8
    assert len({answered.json()["lyrics"] for answered in answers}) == 8  # never the same song twice


async def test_a_task_that_fails_is_a_500_with_its_text(gateway: Gateway) -> None:
    async def fail() -> None:
        await queued(gateway, 1)
        _, task_id = gateway.bell.jobs.pop()
        services = gateway.services
        with services.db.transaction() as session:
            _, lease = services.jobs.claim(session, task_id, services.clock.now()) or pytest.fail("nothing to claim")
            services.jobs.fail(session, lease, State.FAILED, "broken", "No ink", services.clock.now())

    answered, _ = await asyncio.gather(ask(gateway, prompt=PROMPT), fail())

    body = answered.json()
    assert (answered.status_code, body["message"]) == (500, "No ink")
    with gateway.services.db.read() as session:
        job = session.get(Job, body["task_id"])
    assert job is not None
    assert (job.cost_micros, job.reserved_micros) == (0, 0)


async def test_the_same_request_again_gets_the_same_lyrics(gateway: Gateway) -> None:
    async with worker(gateway):
        first, again = [await ask(gateway, prompt=PROMPT, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert first.json() == again.json()


async def test_without_a_key_nothing_is_written(gateway: Gateway) -> None:
    assert (await ask(gateway, key="wrong", prompt=PROMPT)).status_code == 401
    assert gateway.bell.jobs == []
