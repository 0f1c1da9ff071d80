"""Odd but real inputs through every audio endpoint that works: a sensible result, or an end in plain words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.features import ALL
from app.features._spec import AUDIO, Feature
from models.base import Samples
from tests.support.gateway import Gateway
from tests.support.media import chirp, ffmpeg, read, write
from tests.support.tasks import run_task

pytestmark = pytest.mark.asyncio
READY = [feature for feature in ALL if feature.ready and feature.inputs[:1] == (AUDIO,)]
FIELDS = {
    "file_convert": {"target_format": "flac"},
    "audio_cutter": {"start_time": "0", "end_time": "400"},
    "audio_speed_changer": {"speed_change_factor": "1.25"},
}


def first_version(feature: Feature) -> str:
    """The endpoint's path below /v1, where every one has one."""
    return next(path for path in (feature.path, *feature.aliases) if path.startswith("/v1/")).removeprefix("/v1/")


def clipped() -> Samples:
    return np.clip(3 * chirp(1.0, 44_100, 2), -1, 1)


def broken_floats() -> Samples:
    sound = chirp(1.0, 44_100, 2)
    sound[:, 1000:1010] = np.nan
    sound[:, 2000] = np.inf
    return sound


def with_picture(folder: Path) -> Path:
    write(folder / "a.wav", chirp(1.0, 48_000, 2), 48_000)
    ffmpeg(
        "-i", folder / "a.wav", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-c:v", "mjpeg", folder / "a.mkv"
    )  # fmt: skip
    return folder / "a.mkv"


INPUTS: dict[str, Callable[[Path], Path]] = {
    "one sample": lambda d: write(d / "a.wav", chirp(1 / 44_100, 44_100)[:, :1], 44_100),
    "silence": lambda d: write(d / "a.wav", np.zeros((2, 44_100), np.float32), 44_100),
    "clipped": lambda d: write(d / "a.wav", clipped(), 44_100),
    "nan and infinity": lambda d: write(d / "a.wav", broken_floats(), 44_100, "FLOAT"),
    "above full scale": lambda d: write(d / "a.wav", 4 * chirp(1.0, 44_100, 2), 44_100, "FLOAT"),
    "5.1": lambda d: write(d / "a.wav", chirp(1.0, 48_000, 6), 48_000),
    "8 bit": lambda d: write(d / "a.wav", chirp(1.0, 8_000), 8_000, "PCM_U8"),
    "8 kHz": lambda d: write(d / "a.wav", chirp(1.0, 8_000), 8_000),
    "192 kHz": lambda d: write(d / "a.wav", chirp(1.0, 192_000, 2), 192_000, "PCM_24"),
    "11025 Hz": lambda d: write(d / "a.flac", chirp(1.0, 11_025, 2), 11_025),
    "video": with_picture,
}


@pytest.mark.parametrize("name", list(INPUTS))
@pytest.mark.parametrize("feature", READY, ids=lambda feature: feature.name)
async def test_gives_a_result_or_says_why_not(gateway: Gateway, tmp_path: Path, feature: Feature, name: str) -> None:
    source = INPUTS[name](tmp_path)
    (tmp_path / "out").mkdir()

    more = {}
    if len(feature.inputs) > 1:
        more = {feature.inputs[1].file_field: write(tmp_path / "second.wav", chirp(1.0, 44_100, 2), 44_100)}

    ended = await run_task(
        gateway, first_version(feature), FIELDS.get(feature.name, {}), source, tmp_path / "out", **more
    )

    assert ended.record["status"] == "COMPLETED", ended.record["message"]
    assert "NaN" not in str(ended.record)
    if ended.file is not None:
        samples, info = read(ended.file)
        assert samples.shape[1] >= 1
        if info.bits_per_sample < 32:
            assert np.isfinite(samples).all()
        is_one_stem = feature.name == "extraction"  # of several, of which any may be silent
        if name != "silence" and not is_one_stem and samples.shape[1] > 100:
            assert np.abs(np.nan_to_num(samples)).max() > 0.05


async def test_there_are_fields_for_every_endpoint_that_needs_some() -> None:
    for feature in READY:
        feature.params.model_validate(FIELDS.get(feature.name, {}))
