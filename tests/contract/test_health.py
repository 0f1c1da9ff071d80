"""/livez, /readyz and the root: what operators and credential tests ask."""

from datetime import timedelta

import pytest

from app.contract.enums import Lane
from app.jobs.state import State
from app.jobs.tables import Job
from tests.support.gateway import BASE, Gateway
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.asyncio


async def ready(gateway: Gateway) -> list[str]:
    async with gateway.client("") as client:
        answered = await client.get("/readyz")
    problems: list[str] = answered.json()["problems"]
    assert answered.status_code == (503 if problems else 200)
    return problems


async def test_is_red_until_every_lane_has_shown_that_it_consumes(gateway: Gateway) -> None:
    assert await ready(gateway) == ["lane io", "lane cpu", "lane gpu"]
    for lane in Lane:
        gateway.housekeeping.canary_seen(lane)

    assert await ready(gateway) == []


async def test_turns_red_when_a_canary_stays_away(gateway: Gateway) -> None:
    for lane in Lane:
        gateway.housekeeping.canary_seen(lane)
    gateway.clock.pass_s(61)
    for lane in (Lane.IO, Lane.GPU):
        gateway.housekeeping.canary_seen(lane)

    assert await ready(gateway) == ["lane cpu"]


async def test_a_lane_that_is_busy_with_long_jobs_is_not_taken_for_dead(gateway: Gateway) -> None:
    async with gateway.client() as client:
        form, files = {"target_format": "mp3"}, {"audio_file": ("a.wav", wav_bytes())}
        task_id = (await client.post(f"{BASE}/file_convert", data=form, files=files)).json()["task_id"]
    with gateway.services.db.transaction() as session:
        assert gateway.services.jobs.claim(session, task_id, gateway.clock.now()) is not None
    for lane in (Lane.IO, Lane.GPU):
        gateway.housekeeping.canary_seen(lane)

    assert await ready(gateway) == []  # under its lease
    with gateway.services.db.transaction() as session:
        job = session.get(Job, task_id)
        assert job is not None
        assert job.state == State.RUNNING
        job.lease_until = gateway.clock.now() - timedelta(seconds=1)
    assert await ready(gateway) == ["lane cpu"]


async def test_names_a_queue_that_cannot_be_reached(gateway: Gateway) -> None:
    for lane in Lane:
        gateway.housekeeping.canary_seen(lane)
    gateway.bell.down = True

    assert await ready(gateway) == ["queue"]


async def test_livez_asks_nobody(gateway: Gateway) -> None:
    gateway.bell.down = True
    async with gateway.client("") as client:
        assert (await client.get("/livez")).status_code == 200
