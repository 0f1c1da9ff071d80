"""POST /v1/sound_generator: the sound, its length, and what the webhook says of words that are not known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.catalogue import Engines
from models.effects.embedded import EmbeddedEffects
from models.room.manifest import Manifest
from tests.support.gateway import BASE, Gateway
from tests.support.media import level_db, read
from tests.support.receivers import Receiver, answer

pytestmark = pytest.mark.asyncio


async def generated(gateway: Gateway, folder: Path, **fields: Any) -> tuple[dict[str, Any], Path]:
    async with gateway.client() as client:
        posted = await client.post(f"{BASE}/sound_generator", data=fields)
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        (link,) = (
            json.loads(record["conversion_path"]).values()
            if record["conversion_path"].startswith("{")
            else (record["conversion_path"],)
        )
        path = folder / "sound.wav"
        path.write_bytes((await client.get(link)).content)
    return record, path


async def test_a_prompt_becomes_a_sound(gateway: Gateway, tmp_path: Path) -> None:
    record, path = await generated(gateway, tmp_path, prompt="Heavy rain on a tin roof", audio_length="3")

    samples, info = read(path)
    assert (info.rate_hz, info.channels, info.bits_per_sample) == (44_100, 2, 16)
    assert samples.shape == (2, 3 * 44_100)
    assert -45 < level_db(samples) < -12
    assert record["conversion_duration"] == pytest.approx(3.0)
    assert list(record["conversion_durations"].values()) == [3.0]


async def test_five_seconds_if_nothing_is_said(gateway: Gateway, tmp_path: Path) -> None:
    _, path = await generated(gateway, tmp_path, prompt="doorbell")

    assert read(path)[0].shape == (2, 5 * 44_100)


class Painter:
    def paint(self, prompt: str, *, style: str, width: int, height: int, seed: int, report: Any) -> np.ndarray:
        report(1.0)
        return np.full((height, width, 3), 90, np.uint8)


class PaintingEngines(Engines):
    def load(self, task: str) -> Any:
        return {"effects": EmbeddedEffects(), "pictures": Painter()}[task]

    def choose(self, task: str) -> Manifest:
        return Manifest.model_validate({"id": f"fake-{task}", "tasks": [task], "licence": {"code": "MIT"}})


async def test_a_cover_is_drawn_where_it_is_asked_for(gateway: Gateway, tmp_path: Path) -> None:
    gateway.runner._engines = PaintingEngines(tmp_path / "none")

    record, _ = await generated(gateway, tmp_path, prompt="gong", audio_length="1", generate_album_cover="true")

    async with gateway.client() as client:
        picture = await client.get(record["album_cover_path"])
        assert (await client.get(record["album_cover_thumbnail"])).status_code == 200
    assert picture.content.startswith(b"\xff\xd8")


async def test_two_runs_are_two_recordings(gateway: Gateway, tmp_path: Path) -> None:
    sounds = [read((await generated(gateway, tmp_path, prompt="wind", audio_length="1"))[1])[0] for _ in range(2)]

    assert abs(sounds[0] - sounds[1]).max() > 0.001


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a dog barking", "Audio Generation Completed Successfully"),
        ("zxqv", 'Audio Generation Completed Successfully. Nothing is known of "zxqv"; the nearest sounds were used: '),
    ],
)
async def test_the_webhook_has_the_documented_fields(gateway: Gateway, tmp_path: Path, prompt: str, said: str) -> None:
    with Receiver(answer()) as receiver:
        await generated(gateway, tmp_path, prompt=prompt, audio_length="1", webhook_url=receiver.url)
        gateway.deliver()

    (sent,) = [json.loads(request.body) for request in receiver.requests]
    assert {*sent} == {
        "success", "conversion_type", "task_id", "conversion_id", "status",
        "conversion_duration", "message", "conversion_paths", "conversion_durations",
    }  # fmt: skip
    assert sent["conversion_type"] == "Sound Creator"
    assert sent["message"].startswith(said)
    assert list(sent["conversion_paths"]) == [sent["conversion_id"]]
    if prompt == "a dog barking":
        assert sent["message"] == said
