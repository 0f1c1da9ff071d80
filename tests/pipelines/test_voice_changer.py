"""POST /v1/VoiceChanger: the voice that is asked for, the caller's own among them, and the hosted service's fields."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.contract.voices import shipped_voices
from models.base import Audio, Samples, VoiceProfile
from models.voices.profile import measure
from tests.support.gateway import BASE, Gateway
from tests.support.media import level_db, read, write
from tests.support.receivers import Receiver, answer
from tests.support.talkers import talker

pytestmark = pytest.mark.asyncio
RATE_HZ = 24_000


async def changed(
    gateway: Gateway, source: Path, folder: Path, key: str | None = None, **fields: Any
) -> tuple[dict[str, Any], Path]:
    async with gateway.client(key) as client:
        posted = await client.post(
            f"{BASE}/VoiceChanger", data=fields, files={"audio_file": (source.name, source.read_bytes())}
        )
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        path = folder / Path(record["conversion_path"].partition("?")[0]).name
        path.write_bytes((await client.get(record["conversion_path"])).content)
    return record, path


async def own_voice(gateway: Gateway, key: str | None, sound: Samples, folder: Path, subtype: str = "PCM_16") -> str:
    recording = write(folder / "own.wav", sound, RATE_HZ, subtype)
    async with gateway.client(key) as client:
        answered = await client.post(
            f"{BASE}/voices",
            data={"voice_name": "Own", "consent": "yes"},
            files={"audio_file": ("own.wav", recording.read_bytes())},
        )
        assert answered.status_code == 200, answered.text
        return str(answered.json()["voice"]["voice_id"])


def profile(path: Path) -> VoiceProfile:
    samples, info = read(path)
    return measure(Audio(samples, info.rate_hz))


def semitones(hz: float, other_hz: float) -> float:
    return 12 * math.log2(hz / other_hz)


@pytest.mark.parametrize(("voice_id", "pitch"), [("linnea", 0), ("rowan", 3)])
async def test_speech_gets_the_pitch_of_the_voice(gateway: Gateway, tmp_path: Path, voice_id: str, pitch: int) -> None:
    source = write(tmp_path / "a.wav", talker(130.0, 6.0, RATE_HZ), RATE_HZ)

    _, path = await changed(gateway, source, tmp_path, voice_id=voice_id, pitch=pitch)

    wanted = shipped_voices()[voice_id].profile["pitch_hz"]
    assert semitones(profile(path).pitch_hz, wanted) == pytest.approx(pitch, abs=0.5)
    before, after = read(source), read(path)
    assert after[0].shape == before[0].shape
    assert after[1].rate_hz == RATE_HZ


async def test_two_callers_voices_never_mix(gateway: Gateway, tmp_path: Path) -> None:
    """Their tasks wait side by side and run one after the other in the same worker, over and over."""
    keys = [gateway.key, gateway.new_key()]
    pitches_hz = [110.0, 260.0]
    voices = [
        await own_voice(gateway, key, talker(hz, 5.0, RATE_HZ, tract=tract), tmp_path)
        for key, hz, tract in zip(keys, pitches_hz, (0.92, 1.15), strict=True)
    ]
    source = write(tmp_path / "a.wav", talker(170.0, 4.0, RATE_HZ), RATE_HZ)
    posted = []
    for _ in range(2):
        for key, voice_id in zip(keys, voices, strict=True):
            async with gateway.client(key) as client:
                answered = await client.post(
                    f"{BASE}/VoiceChanger",
                    data={"voice_id": voice_id},
                    files={"audio_file": ("a.wav", source.read_bytes())},
                )
                posted.append((key, answered.json()["task_id"]))

    gateway.work()

    for number, (key, task_id) in enumerate(posted):
        async with gateway.client(key) as client:
            record = (await client.get(f"{BASE}/byId", params={"task_id": task_id})).json()["conversion"]
            path = tmp_path / f"{number}.wav"
            path.write_bytes((await client.get(record["conversion_path"])).content)
        assert abs(semitones(profile(path).pitch_hz, pitches_hz[number % 2])) < 0.5


async def test_background_noise_is_removed_where_asked(gateway: Gateway, tmp_path: Path) -> None:
    speech = talker(130.0, 5.0, RATE_HZ)
    speech[:, :RATE_HZ] = 0.0
    noise = 0.02 * np.random.default_rng(2).standard_normal(speech.shape).astype(np.float32)
    source = write(tmp_path / "a.wav", speech + noise, RATE_HZ)

    levels = []
    for remove in (0, 1):
        _, path = await changed(gateway, source, tmp_path, voice_id="rowan", remove_background=remove)
        levels.append(level_db(read(path)[0][:, RATE_HZ // 4 : RATE_HZ // 2]))

    assert levels[1] < levels[0] - 6


async def test_the_webhook_has_the_documented_fields(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", talker(130.0, 3.0, RATE_HZ), RATE_HZ)
    with Receiver(answer()) as receiver:
        await changed(gateway, source, tmp_path, voice_id="linnea", webhook_url=receiver.url)
        gateway.deliver()

    (sent,) = [json.loads(request.body) for request in receiver.requests]
    assert set(sent) == {
        "success", "conversion_type", "task_id", "conversion_id", "status",
        "conversion_path", "message", "conversion_cost", "conversion_duration",
    }  # fmt: skip
    assert sent["conversion_type"] == "Voice Conversion"
    assert isinstance(sent["conversion_cost"], str)


async def test_a_voice_removed_meanwhile_fails_the_task_with_a_reason(gateway: Gateway, tmp_path: Path) -> None:
    voice_id = await own_voice(gateway, None, talker(150.0, 4.0, RATE_HZ), tmp_path)
    async with gateway.client() as client:
        posted = await client.post(
            f"{BASE}/VoiceChanger",
            data={"voice_id": voice_id},
            files={"audio_file": ("own.wav", (tmp_path / "own.wav").read_bytes())},
        )
        await client.delete(f"{BASE}/voices/{voice_id}")
        gateway.work()
        record = (await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})).json()["conversion"]

    assert record["status"] == "FAILED"
    assert "does not exist" in record["message"]


async def test_a_voice_without_voice_in_it_fails_the_task_with_a_reason(gateway: Gateway, tmp_path: Path) -> None:
    hiss = 0.1 * np.random.default_rng(1).standard_normal((1, 4 * RATE_HZ)).astype(np.float32)
    voice_id = await own_voice(gateway, None, hiss, tmp_path)
    source = write(tmp_path / "a.wav", talker(130.0, 3.0, RATE_HZ), RATE_HZ)
    async with gateway.client() as client:
        posted = await client.post(
            f"{BASE}/VoiceChanger",
            data={"voice_id": voice_id},
            files={"audio_file": ("a.wav", source.read_bytes())},
        )
        gateway.work()
        record = (await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})).json()["conversion"]

    assert record["status"] == "FAILED"
    assert "voice" in record["message"]


async def test_a_voice_with_infinite_samples_is_still_a_voice(gateway: Gateway, tmp_path: Path) -> None:
    sound = talker(210.0, 5.0, RATE_HZ)
    sound[0, 100:103] = np.inf, -np.inf, np.nan
    voice_id = await own_voice(gateway, None, sound, tmp_path, "FLOAT")
    source = write(tmp_path / "a.wav", talker(140.0, 4.0, RATE_HZ), RATE_HZ)

    _, path = await changed(gateway, source, tmp_path, voice_id=voice_id)

    assert abs(semitones(profile(path).pitch_hz, 210.0)) < 0.5
