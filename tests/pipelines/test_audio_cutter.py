"""POST /v1/audio_cutter: milliseconds, exact to the sample."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.gateway import Gateway
from tests.support.media import chirp, ffmpeg, read, write
from tests.support.tasks import run_task

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("suffix", ["wav", "flac"])
@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 1), (10.5, 1500), (2999, 3000), (1000, 99_999)])
async def test_keeps_exactly_the_asked_samples(
    gateway: Gateway, tmp_path: Path, suffix: str, start_ms: float, end_ms: float
) -> None:
    rng = np.random.default_rng(5)
    noise = (rng.integers(-30_000, 30_000, (2, 4 * 44_100)) / 32768).astype(np.float32)
    source = write(tmp_path / f"a.{suffix}", noise, 44_100)

    ended = await run_task(gateway, "audio_cutter", {"start_time": start_ms, "end_time": end_ms}, source, tmp_path)

    samples, _ = read(ended.output)
    wanted = noise[:, round(start_ms * 44.1) : round(end_ms * 44.1)]
    assert ended.output.suffix == f".{suffix}"  # absent: as the input
    assert np.array_equal(samples, wanted)
    assert ended.record["conversion_duration"] == pytest.approx(wanted.shape[1] / 44_100, abs=0.001)


@pytest.mark.parametrize(("subtype", "bits"), [("PCM_16", 16), ("PCM_24", 24), ("FLOAT", 32)])
async def test_depth_and_rate_of_the_input_are_kept(gateway: Gateway, tmp_path: Path, subtype: str, bits: int) -> None:
    source = write(tmp_path / "a.wav", chirp(1.0, 96_000), 96_000, subtype)

    ended = await run_task(gateway, "audio_cutter", {"start_time": 100, "end_time": 200}, source, tmp_path)

    samples, info = read(ended.output)
    assert (info.rate_hz, info.bits_per_sample, samples.shape[1]) == (96_000, bits, 9_600)


@pytest.mark.parametrize(
    ("given", "made"), [("mp3", "mp3"), ("ogg", "ogg"), ("m4a", "aac"), ("aiff", "wav"), ("webm", "webm")]
)
async def test_without_an_extension_the_format_stays_or_becomes_its_nearest(
    gateway: Gateway, tmp_path: Path, given: str, made: str
) -> None:
    write(tmp_path / "a.wav", chirp(2.0, 48_000, 2), 48_000)
    ffmpeg("-i", tmp_path / "a.wav", tmp_path / f"b.{given}")

    ended = await run_task(
        gateway, "audio_cutter", {"start_time": 500, "end_time": 1500}, tmp_path / f"b.{given}", tmp_path
    )

    samples, info = read(ended.output)
    assert ended.output.suffix == f".{made}"
    assert samples.shape[1] / info.rate_hz == pytest.approx(1.0, abs=0.06)


async def test_a_start_beyond_the_end_of_the_file_fails_with_the_documented_text(
    gateway: Gateway, tmp_path: Path
) -> None:
    source = write(tmp_path / "a.wav", chirp(1.0, 8000), 8000)

    ended = await run_task(gateway, "audio_cutter", {"start_time": 5000, "end_time": 6000}, source, tmp_path)

    assert ended.record["status"] == "FAILED"
    assert ended.record["message"] == "Invalid time range specified: the recording is 1000 ms long"
    assert gateway.files() == []
