"""POST /v1/TextToSpeech: the sound, who speaks, and the fields of the hosted service."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.contract.voices import shipped_voices
from models.base import Audio
from models.voices.profile import measure
from tests.support.gateway import BASE, Gateway
from tests.support.media import level_db, read, write
from tests.support.receivers import Receiver, answer
from tests.support.talkers import talker

pytestmark = pytest.mark.asyncio
TEXT = "Good morning. The band is ready, and the tape is rolling."


async def spoken(gateway: Gateway, folder: Path, **body: Any) -> tuple[dict[str, Any], Path]:
    async with gateway.client() as client:
        posted = await client.post(f"{BASE}/TextToSpeech", json={"text": TEXT, **body})
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        path = folder / "speech.wav"
        path.write_bytes((await client.get(record["conversion_path"])).content)
    return record, path


def pitch_of(path: Path) -> float:
    samples, info = read(path)
    return measure(Audio(samples, info.rate_hz)).pitch_hz


@pytest.mark.parametrize(
    "body",
    [{}, {"gender": "m", "language": "en"}, {"voice_id": "hanno", "text": "Guten Morgen, liebe Freunde der Musik."}],
)
async def test_a_text_becomes_speech(gateway: Gateway, tmp_path: Path, body: dict[str, str]) -> None:
    record, path = await spoken(gateway, tmp_path, **body)

    samples, info = read(path)
    assert (info.rate_hz, info.channels, info.bits_per_sample) == (24_000, 1, 16)
    assert 1.5 < info.duration_s < 8
    assert record["conversion_duration"] == pytest.approx(info.duration_s, abs=0.01)
    assert -32 < level_db(samples) < -12
    assert np.abs(samples).max() <= 10 ** (-0.9 / 20)


async def test_genders_differ_in_pitch(gateway: Gateway, tmp_path: Path) -> None:
    _, male = await spoken(gateway, tmp_path, gender="male")
    low_hz = pitch_of(male)
    _, female = await spoken(gateway, tmp_path, gender="female")

    assert pitch_of(female) > 1.3 * low_hz


async def test_a_sample_is_imitated(gateway: Gateway, tmp_path: Path) -> None:
    """In pitch and colour; it goes before a voice of the library."""
    sample = write(tmp_path / "sample.wav", talker(240.0, 5.0, 22_050, tract=1.15), 22_050)

    with Receiver(answer(200, sample.read_bytes(), {"Content-Type": "audio/wav"})) as site:
        _, path = await spoken(gateway, tmp_path, sample_audio_url=f"{site.url}/sample.wav", voice_id="rowan")

    assert abs(12 * math.log2(pitch_of(path) / 240.0)) < 1.0


async def test_the_webhook_has_the_documented_fields(gateway: Gateway, tmp_path: Path) -> None:
    with Receiver(answer()) as receiver:
        record, _ = await spoken(gateway, tmp_path, webhook_url=receiver.url)
        gateway.deliver()

    (sent,) = [json.loads(request.body) for request in receiver.requests]
    assert set(sent) == {
        "success", "conversion_type", "task_id", "conversion_id", "status",
        "conversion_path", "message", "conversion_cost", "conversion_duration",
    }  # fmt: skip
    assert sent["conversion_type"] == "Text To Speech"
    assert sent["conversion_path"].partition("?")[0] == record["conversion_path"].partition("?")[0]


async def test_one_hundred_words_cost_one_step(gateway: Gateway) -> None:
    async with gateway.client() as client:
        one, two = [
            (await client.post(f"{BASE}/TextToSpeech", json={"text": "word " * count})).json()["credit_estimate"]
            for count in (100, 101)
        ]

    assert two == pytest.approx(2 * one)


@pytest.mark.parametrize(("body", "text"), [
    ({"language": "xx"}, "xx"),
    ({"text": "… — !"}, "words"),
])  # fmt: skip
async def test_what_cannot_be_spoken_fails_with_a_reason(gateway: Gateway, body: dict[str, str], text: str) -> None:
    async with gateway.client() as client:
        posted = await client.post(f"{BASE}/TextToSpeech", json={"text": TEXT, **body})
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})

    record = found.json()["conversion"]
    assert record["status"] == "FAILED"
    assert text in record["message"]


async def test_every_shipped_voice_speaks(gateway: Gateway, tmp_path: Path) -> None:
    texts = {
        "de": "Guten Tag.",
        "fr": "Bonjour à tous.",
        "es": "Buenos días.",
        "it": "Buongiorno.",
        "pt": "Bom dia.",
        "nl": "Goedemorgen.",
        "pl": "Dzień dobry.",
    }
    for voice in shipped_voices().values():
        _, path = await spoken(gateway, tmp_path, voice_id=voice.id, text=texts.get(voice.language[:2], "Good day."))
        samples, info = read(path)
        assert 0.3 < info.duration_s < 4, voice.id
        assert level_db(samples) > -32, voice.id
