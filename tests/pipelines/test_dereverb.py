"""POST /v1/dereverb: two lossless files that sum to the input, and the fields of the hosted service."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.base import Samples
from tests.support.echoes import RATE_HZ, in_room, si_sdr_db, syllables
from tests.support.gateway import BASE, Gateway
from tests.support.media import read, write
from tests.support.receivers import Receiver, answer

pytestmark = pytest.mark.asyncio


async def cleaned(
    gateway: Gateway, source: Path, folder: Path, **fields: str
) -> tuple[dict[str, Any], Samples, Samples]:
    """The record, and the samples of both files."""
    async with gateway.client() as client:
        sent = {"audio_file": (source.name, source.read_bytes())}
        posted = await client.post(f"{BASE}/dereverb", data=fields, files=sent)
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        sounds = []
        for field in ("noreverb", "reverb"):
            file = folder / f"{field}{Path(record[field].partition('?')[0]).suffix}"
            file.write_bytes((await client.get(record[field])).content)
            sounds.append(read(file)[0])
    return record, sounds[0], sounds[1]


@pytest.mark.parametrize("channels", [1, 2])
async def test_the_room_goes_and_both_files_sum_to_the_input(gateway: Gateway, tmp_path: Path, channels: int) -> None:
    wet, target = in_room(syllables(8.0), 0.7, channels=channels)
    wet, target = 0.4 * wet, 0.4 * target
    source = write(tmp_path / "a.wav", wet, RATE_HZ)

    _record, clean, removed = await cleaned(gateway, source, tmp_path)

    given, _info = read(source)
    assert clean.shape == removed.shape == given.shape
    assert np.abs(clean + removed - given).max() <= 2.5 / 32_768
    assert si_sdr_db(clean, target) > si_sdr_db(wet, target) + 2.0


async def test_dry_sound_comes_back_as_it_is(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", syllables(5.0), RATE_HZ)

    _record, clean, removed = await cleaned(gateway, source, tmp_path)

    assert np.array_equal(clean, read(source)[0])
    assert not removed.any()


async def test_webhook_and_record_are_as_documented(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", syllables(2.0), RATE_HZ)
    with Receiver(answer()) as receiver:
        record, _clean, _removed = await cleaned(gateway, source, tmp_path, webhook_url=receiver.url)
        gateway.deliver()

    sent = json.loads(receiver.requests[0].body)
    assert sent["conversion_type"] == "Dereverb"
    assert sent["message"] == "de_reverb conversion Completed"
    assert (sent["noreverb"], sent["reverb"], sent["reverb_wav"]) == (record["noreverb"], record["reverb"], "")
    assert sent["conversion_duration"] == pytest.approx(2.0)
    assert record["conversion_path"] == record["noreverb"]
    assert sent["audio_path"]
