"""POST /v1/Cover: the backing stays, the tune stays, the voice changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.base import Audio, Samples
from models.separation.embedded import EmbeddedSeparator
from tests.support.gateway import BASE, Gateway
from tests.support.media import level_db, no_report, read, write
from tests.support.receivers import Receiver, answer
from tests.support.talkers import talker

pytestmark = pytest.mark.asyncio
RATE_HZ = 44_100
SECONDS = 6


def song() -> Samples:
    """A voice in the middle, plucked chords far left and right."""
    t_s = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    beat = np.exp(-4 * (t_s % 0.5))
    left = sum(np.sin(2 * np.pi * hz * t_s) for hz in (220.0, 277.2)) * beat
    right = sum(np.sin(2 * np.pi * hz * t_s) for hz in (329.6, 440.0)) * beat
    voice = talker(200.0, SECONDS, RATE_HZ)[0]
    return (0.5 * voice + 0.08 * np.stack([left, right])).astype(np.float32)


async def covered(gateway: Gateway, source: Path, folder: Path, **fields: Any) -> tuple[dict[str, Any], Path]:
    async with gateway.client() as client:
        posted = await client.post(
            f"{BASE}/Cover", data=fields, files={"audio_file": (source.name, source.read_bytes())}
        )
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        path = folder / "cover.wav"
        path.write_bytes((await client.get(record["conversion_path"])).content)
    return record, path


def stems(sound: Samples) -> tuple[Samples, Samples]:
    """Vocals, and what the cover keeps as the backing."""
    separator = EmbeddedSeparator()
    found = np.concatenate(list(separator.separate(Audio(sound, RATE_HZ), report=no_report)), axis=-1)
    vocals = found[separator.stems.index("vocals")]
    return vocals, sound - vocals


async def test_the_backing_is_untouched_and_the_voice_is_not(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "song.wav", song(), RATE_HZ)
    given, _ = read(source)

    _, path = await covered(gateway, source, tmp_path, voice_id="rowan")

    made, info = read(path)
    assert made.shape == given.shape
    assert (info.rate_hz, info.channels) == (RATE_HZ, 2)
    vocals, backing = stems(given)
    sung = made - backing
    # The new voice is in the middle: whatever left and right differ in beyond the backing would be damage to it.
    assert level_db(sung[0] - sung[1]) < level_db(backing) - 40
    assert level_db(sung - vocals) > level_db(vocals) - 12
    assert abs(level_db(sung) - level_db(vocals)) < 3


async def test_the_webhook_has_the_documented_fields(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "song.wav", song()[:, : 3 * RATE_HZ], RATE_HZ)
    with Receiver(answer()) as receiver:
        await covered(gateway, source, tmp_path, voice_id="linnea", pitch=2, webhook_url=receiver.url)
        gateway.deliver()

    (sent,) = [json.loads(request.body) for request in receiver.requests]
    assert set(sent) == {
        "success", "conversion_type", "task_id", "conversion_id", "status",
        "conversion_path", "message", "conversion_duration",
    }  # fmt: skip
    assert sent["conversion_type"] == "Cover"
    assert sent["conversion_duration"] == pytest.approx(3.0, abs=0.01)
