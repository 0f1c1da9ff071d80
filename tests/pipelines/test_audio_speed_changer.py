"""POST /v1/audio_speed_changer: another length, the same pitch, tags and cover kept."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support.gateway import Gateway
from tests.support.media import chirp, ffmpeg, level_db, pitch_hz, read, tags, write
from tests.support.tasks import run_task

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("speed", [0.25, 0.75, 1, 1.25, 4])
@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (96_000, 6)])
async def test_length_pitch_level_and_channels(
    gateway: Gateway, tmp_path: Path, speed: float, rate_hz: int, channels: int
) -> None:
    t = np.arange(2 * rate_hz) / rate_hz
    tone = np.array([0.4 * np.sin(2 * np.pi * 440 * t)] * channels, np.float32)
    source = write(tmp_path / "a.wav", tone, rate_hz)

    ended = await run_task(gateway, "audio_speed_changer", {"speed_change_factor": speed}, source, tmp_path)

    samples, info = read(ended.output)
    middle = samples[0, samples.shape[1] // 4 : -samples.shape[1] // 4]
    assert (info.rate_hz, info.channels) == (rate_hz, channels)
    assert samples.shape[1] == pytest.approx(2 * rate_hz / speed, abs=1)
    assert abs(1200 * np.log2(pitch_hz(middle, rate_hz) / 440)) < 10
    assert level_db(middle) == pytest.approx(level_db(tone), abs=1.0)
    assert ended.record["conversion_duration"] == pytest.approx(2 / speed, abs=0.001)


async def test_tags_are_kept_and_another_format_may_be_asked_for(gateway: Gateway, tmp_path: Path) -> None:
    write(tmp_path / "a.wav", chirp(1.0, 44_100, 2), 44_100)
    ffmpeg("-i", tmp_path / "a.wav", "-metadata", "title=Sea", tmp_path / "a.mp3")
    fields = {"speed_change_factor": "1.5", "output_extension": "OGG"}

    ended = await run_task(gateway, "audio_speed_changer", fields, tmp_path / "a.mp3", tmp_path)

    assert ended.output.suffix == ".ogg"
    assert tags(ended.output)["title"] == "Sea"


@pytest.mark.parametrize("name", ["speed", "speed_factor", "speed_change_factor"])
async def test_names_of_real_clients(gateway: Gateway, tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "a.wav", chirp(1.0, 8000), 8000)

    ended = await run_task(gateway, "audio_speed_changer", {name: "2"}, source, tmp_path)

    assert read(ended.output)[0].shape[1] == 4000


async def test_peaks_that_grow_are_limited_and_the_manifest_says_so(gateway: Gateway, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    loud = np.clip(rng.normal(0, 0.5, (2, 44_100 * 2)), -1, 1).astype(np.float32)
    source = write(tmp_path / "a.wav", loud, 44_100)

    ended = await run_task(gateway, "audio_speed_changer", {"speed_change_factor": "0.8"}, source, tmp_path)

    samples, _ = read(ended.output)
    assert np.abs(samples).max() <= 0.99
    (manifest,) = gateway.services.settings.data_dir.rglob("manifest.json")
    assert json.loads(manifest.read_text())["values"]["limited_db"] > 0
