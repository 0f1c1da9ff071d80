"""POST /v2/MusicAI with the built-in engines: short songs, from the request to the sound."""

import io
import json
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest

from models.base import Audio, Samples
from models.dsp.loudness import integrated_lufs
from models.voices.pitch import RATE_HZ, load_detector, pitch_of
from models.voices.profile import resampled
from tests.support.gateway import BASE, PREFIX, Gateway
from tests.support.media import read

pytestmark = pytest.mark.asyncio
LYRICS = "[Verse]\nI walk along the shore\nAnd wait for something more\n\n[Chorus]\nOh the sea is calling me\nOh the sea will set me free"


async def song(
    gateway: Gateway, folder: Path, path: str = "batch", **fields: Any
) -> tuple[dict[str, Any], Samples, int]:
    async with gateway.client() as client:
        posted = await client.post(f"{PREFIX}/v2/MusicAI/{path}", json={"seed": 5, **fields})
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        wav = folder / "song.wav"
        wav.write_bytes((await client.get(record["conversion_path_wav_1"])).content)
        record["midi"] = (await client.get(record["midi_path_1"])).content
    samples, info = read(wav)
    return record, samples, info.rate_hz


async def test_lyrics_are_sung_where_the_times_say(gateway: Gateway, tmp_path: Path) -> None:
    record, samples, rate_hz = await song(
        gateway, tmp_path, music_style="folk", lyrics=LYRICS, gender="female", key="D major", bpm=110, vocal_only=True
    )

    timed = json.loads(record["lyrics_timestamped_1"])
    assert [entry["text"] for entry in timed] == [line for line in LYRICS.splitlines() if line]
    assert [entry["index"] for entry in timed] == list(range(len(timed)))
    assert (record["key_1"], record["bpm_1"]) == ("D major", 110.0)
    pitch = pitch_of(load_detector(), resampled(samples.mean(axis=0), rate_hz, RATE_HZ))
    step_s = 256 / RATE_HZ
    for entry in timed:
        if not entry["text"].startswith("["):
            inside = pitch.is_voiced[round(entry["start"] / 1000 / step_s) : round(entry["end"] / 1000 / step_s)]
            assert inside.mean() > 0.5
    assert integrated_lufs(Audio(samples, rate_hz)) == pytest.approx(-14, abs=0.5)


async def test_an_instrumental_has_the_length_key_and_tempo_that_were_asked_for(
    gateway: Gateway, tmp_path: Path
) -> None:
    record, samples, rate_hz = await song(
        gateway, tmp_path, prompt="calm piano", make_instrumental=True, output_length=12, key="A minor", bpm=100
    )

    assert abs(samples.shape[1] / rate_hz - 12) < 4.5  # the last chord rings out
    assert record["lyrics_1"] == "[Instrumental]"
    midi = mido.MidiFile(file=io.BytesIO(record["midi"]))
    tempi = [message.tempo for track in midi.tracks for message in track if message.type == "set_tempo"]
    assert [round(mido.tempo2bpm(tempo)) for tempo in tempi] == [100]
    assert integrated_lufs(Audio(samples, rate_hz)) == pytest.approx(-14, abs=0.5)
    assert np.abs(samples).max() < 1.0
