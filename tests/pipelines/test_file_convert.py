"""POST /v1/file_convert, from upload to file."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.gateway import Gateway
from tests.support.media import chirp, level_db, read, write
from tests.support.tasks import run_task

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("target", ["mp3", "wav", "flac", "ogg", "aac", "webm"])
async def test_every_format_comes_out_as_itself(gateway: Gateway, tmp_path: Path, target: str) -> None:
    sound = chirp(1.0, 48_000, 2)
    source = write(tmp_path / "My Song.wav", sound, 48_000)

    ended = await run_task(gateway, "file_convert", {"target_format": target}, source, tmp_path)

    samples, info = read(ended.output)
    assert ended.record["status"] == "COMPLETED"
    assert ended.record["engine"] == "ffmpeg"
    assert ended.output.suffix == f".{target}"
    assert info.rate_hz == 44_100  # the default of the contract
    assert samples.shape[1] / info.rate_hz == pytest.approx(1.0, abs=0.06)
    assert ended.record["conversion_duration"] == pytest.approx(1.0, abs=0.06)
    assert level_db(samples) == pytest.approx(level_db(sound), abs=1.0)


@pytest.mark.parametrize("bits", [16, 24, 32])
async def test_depth_and_rate_are_those_asked_for(gateway: Gateway, tmp_path: Path, bits: int) -> None:
    source = write(tmp_path / "a.wav", chirp(0.5, 44_100, 2), 44_100)
    fields = {"target_format": "wav", "target_sr": 96_000, "target_bit_depth": bits}

    ended = await run_task(gateway, "file_convert", fields, source, tmp_path)

    _, info = read(ended.output)
    assert (info.rate_hz, info.bits_per_sample) == (96_000, bits)


async def test_the_answer_already_links_to_the_file(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", np.zeros((1, 8000), np.float32), 8000)

    ended = await run_task(gateway, "file_convert", {"target_format": "flac"}, source, tmp_path)

    assert ended.reply["output_path"] == ended.record["output_path"] == ended.record["output_file_path"]
