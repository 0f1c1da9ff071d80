"""POST /v1/denoise: two lossless files that sum to the input, and the fields of the hosted service."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.base import Samples
from tests.support.gateway import BASE, Gateway
from tests.support.media import ffmpeg, level_db, read, write
from tests.support.receivers import Receiver, answer

pytestmark = pytest.mark.asyncio


def chord_in_hiss(rate_hz: int, channels: int) -> tuple[Samples, Samples]:
    """Plucked notes and noise of each channel, shape (channels, frames)."""
    rng = np.random.default_rng(6)
    t = np.arange(3 * rate_hz) / rate_hz
    notes = sum(np.sin(2 * np.pi * hz * t) for hz in (330.0, 415.3, 554.4)) * np.exp(-2 * (t % 1.0)) * (t % 1.0 < 0.9)
    notes = np.repeat(0.15 * notes[None], channels, axis=0)
    return notes.astype(np.float32), (0.02 * rng.standard_normal(notes.shape)).astype(np.float32)


async def denoised(
    gateway: Gateway, source: Path, folder: Path, **fields: str
) -> tuple[dict[str, Any], dict[str, Path]]:
    async with gateway.client() as client:
        sent = {"audio_file": (source.name, source.read_bytes())}
        posted = await client.post(f"{BASE}/denoise", data=fields, files=sent)
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        files = {}
        for name in ("no_noise", "noise"):
            link = record[name]
            files[name] = folder / Path(link.partition("?")[0]).name
            files[name].write_bytes((await client.get(link)).content)
    return record, files


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (48_000, 6)])
async def test_noise_goes_and_both_files_sum_to_the_input(
    gateway: Gateway, tmp_path: Path, rate_hz: int, channels: int
) -> None:
    notes, hiss = chord_in_hiss(rate_hz, channels)
    source = write(tmp_path / "a.wav", notes + hiss, rate_hz)

    _record, files = await denoised(gateway, source, tmp_path)

    given, _info = read(source)
    clean, info = read(files["no_noise"])
    noise, _info = read(files["noise"])
    assert (info.rate_hz, info.channels) == (rate_hz, channels)
    assert clean.shape == noise.shape == given.shape
    assert np.abs(clean + noise - given).max() <= 2.5 / 32_768
    assert level_db(clean - notes) < level_db(hiss) - 3.0


async def test_webhook_and_record_are_as_documented(gateway: Gateway, tmp_path: Path) -> None:
    notes, hiss = chord_in_hiss(16_000, 1)
    source = write(tmp_path / "a.wav", notes + hiss, 16_000)
    with Receiver(answer()) as receiver:
        record, _files = await denoised(gateway, source, tmp_path, webhook_url=receiver.url)
        gateway.deliver()

    sent = json.loads(receiver.requests[0].body)
    assert sent["conversion_type"] == "Denoise"
    assert sent["message"] == "de_noising conversion Completed"
    assert (sent["no_noise"], sent["noise"], sent["noise_wav"]) == (record["no_noise"], record["noise"], "")
    assert sent["conversion_duration"] == pytest.approx(3.0)
    assert record["conversion_path"] == record["no_noise"]
    assert sent["audio_path"]


async def test_a_compressed_file_comes_back_lossless(gateway: Gateway, tmp_path: Path) -> None:
    notes, hiss = chord_in_hiss(44_100, 2)
    write(tmp_path / "a.wav", notes + hiss, 44_100)
    ffmpeg("-i", tmp_path / "a.wav", "-b:a", "192k", tmp_path / "a.mp3")

    _record, files = await denoised(gateway, tmp_path / "a.mp3", tmp_path)

    given, _info = read(tmp_path / "a.mp3")
    clean, info = read(files["no_noise"])
    noise, _info = read(files["noise"])
    assert info.codec == "flac" or info.codec.startswith("pcm")
    assert clean.shape == given.shape
    assert np.abs(clean + noise - given).max() <= 2.5 / 32_768


async def test_silence_stays_silent(gateway: Gateway, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", np.zeros((2, 12_000), np.float32), 44_100)

    _record, files = await denoised(gateway, source, tmp_path)

    assert not read(files["no_noise"])[0].any()
    assert not read(files["noise"])[0].any()
