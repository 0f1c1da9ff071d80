"""A pinned engine that is known not to run is told at once; what nobody knows is left to the worker."""

from pathlib import Path
from typing import Any

import pytest

from app.features import ALL
from app.features._spec import Feature
from app.jobs.inventory import note_known
from models.catalogue import Engines
from tests.support.clock import FakeClock
from tests.support.gateway import BASE, Gateway, open_gateway
from workers.model_jobs import survey
from workers.pipelines import load_pipeline

PINNED = {"denoise": "deepfilternet3", "separation": "woodshed-separator"}
URL = {"audio_url": "http://127.0.0.1/a.wav"}


@pytest.fixture
def pinning(tmp_path: Path) -> Gateway:
    return open_gateway(tmp_path, FakeClock(), lambda settings: settings.engines.pinned.update(PINNED))


def tell(gateway: Gateway, **states: str) -> None:
    """What the io worker tells the database of its models."""
    known = survey(Engines(gateway.services.settings.weights_dir))
    for model_id, state in states.items():
        known = {**known, model_id: {**known[model_id], "state": state}}
    with gateway.services.db.transaction() as session:
        note_known(session, known, gateway.clock.now())


async def post(gateway: Gateway, path: str, headers: dict[str, str] | None = None, **params: Any) -> tuple[int, Any]:
    async with gateway.client() as client:
        answered = await client.post(path, json=URL | params, headers=headers)
        return answered.status_code, answered.json()


@pytest.mark.parametrize(
    ("state", "told"), [("absent", "is not installed"), ("changed", "has changed since it was verified")]
)
@pytest.mark.asyncio
async def test_it_is_refused_and_nothing_is_stored(pinning: Gateway, state: str, told: str) -> None:
    tell(pinning, deepfilternet3=state)

    status, answer = await post(pinning, f"{BASE}/denoise")

    assert status == 503
    assert f"deepfilternet3, chosen for denoise on this server, {told}" in str(answer)
    assert pinning.bell.jobs == []
    assert (await post(pinning, "/api/public/v2/Extraction", preprocessing_options=["Denoise"]))[0] == 503


@pytest.mark.asyncio
async def test_what_runs_or_is_not_pinned_is_accepted(pinning: Gateway) -> None:
    tell(pinning, deepfilternet3="installed")

    assert (await post(pinning, f"{BASE}/denoise"))[0] == 200
    tell(pinning, deepfilternet3="absent")
    assert (await post(pinning, f"{BASE}/dereverb"))[0] == 200
    assert (await post(pinning, "/api/public/v2/Extraction"))[0] == 200


@pytest.mark.asyncio
async def test_while_no_worker_has_told_it_is_accepted(pinning: Gateway) -> None:
    assert (await post(pinning, f"{BASE}/denoise"))[0] == 200


@pytest.mark.asyncio
async def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    gateway = open_gateway(
        tmp_path, FakeClock(), lambda settings: settings.engines.pinned.update(denoise="x", dereverb="ffmpeg")
    )
    tell(gateway)

    assert "x, chosen for denoise on this server, does not exist" in str(await post(gateway, f"{BASE}/denoise"))
    assert "ffmpeg, chosen for dereverb on this server, cannot do that" in str(await post(gateway, f"{BASE}/dereverb"))


@pytest.mark.asyncio
async def test_a_repeated_request_gets_its_first_answer(pinning: Gateway) -> None:
    token = {"Idempotency-Key": "one"}
    tell(pinning, deepfilternet3="installed")
    first = await post(pinning, f"{BASE}/denoise", token)
    tell(pinning, deepfilternet3="absent")

    assert await post(pinning, f"{BASE}/denoise", token) == first
    assert (await post(pinning, f"{BASE}/denoise", {"Idempotency-Key": "two"}))[0] == 503


@pytest.mark.parametrize("feature", [feature for feature in ALL if feature.ready], ids=lambda feature: feature.name)
def test_a_feature_names_the_tasks_of_its_pipeline(feature: Feature) -> None:
    pipeline = load_pipeline(feature.name)

    named = feature.tasks(feature.params.model_validate(dict(feature.sample)))

    assert {*pipeline.TASKS, *getattr(pipeline, "OPTIONAL", ())} <= {*named}
