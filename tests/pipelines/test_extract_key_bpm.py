"""POST /v1/extract_key_bpm: the documented fields, in the documented types."""

from pathlib import Path

import pytest

from tests.support.gateway import Gateway
from tests.support.media import write
from tests.support.songs import MINOR, RATE_HZ, song
from tests.support.tasks import run_task

pytestmark = pytest.mark.asyncio


async def test_key_tempo_and_changes(gateway: Gateway, tmp_path: Path) -> None:
    piece = song(9, MINOR, bpm=101.0, bars=16)
    source = write(tmp_path / "song.wav", piece.samples, RATE_HZ)

    ended = await run_task(gateway, "extract_key_bpm", {}, source, tmp_path)

    record = ended.record
    assert record["status"] == "COMPLETED"
    assert record["dominant_key"] == record["key"] == "A minor"
    assert record["key_changes"] == {f"0-{-(-piece.samples.shape[1] // RATE_HZ)}": ["A minor"]}
    assert record["bpm"] == 101
    assert isinstance(record["bpm"], int)
    assert record["bpm_exact"] == pytest.approx(101.0, abs=0.2)
    assert record["engine"] == "woodshed-key-tempo"
    assert ended.file is None


async def test_the_old_path(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "song.wav", song(0, MINOR, bars=4).samples, RATE_HZ)

    assert (await run_task(gateway, "KeyBpmExtract", {}, source, tmp_path)).record["status"] == "COMPLETED"
