"""POST /v2/Extraction with the embedded engines: from an upload to stems that add up, links as JSON text."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly

from tests.support.gateway import BASE, Gateway
from tests.support.media import read, write
from tests.support.songs import MAJOR, song

pytestmark = pytest.mark.asyncio
RATE_HZ = 44_100
MIX = np.repeat(0.5 * resample_poly(song(0, MAJOR, bars=2).samples, 2, 1, axis=1), 2, axis=0).astype(np.float32)


async def extract(gateway: Gateway, tmp_path: Path, **fields: str) -> tuple[dict, dict[str, np.ndarray]]:
    """The byId record, and the samples of each stem."""
    source = write(tmp_path / "mix.wav", MIX, RATE_HZ)
    async with gateway.client() as client:
        files = {"audio_file": ("mix.wav", source.read_bytes())}
        posted = await client.post(f"{BASE.replace('/v1', '/v2')}/Extraction", data=fields, files=files)
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        stems = {}
        for name, link in json.loads(record["audio_url"]).items():
            (tmp_path / f"{name}.wav").write_bytes((await client.get(link)).content)
            stems[name] = read(tmp_path / f"{name}.wav")[0]
    return record, stems


async def test_stems_have_the_length_and_rate_of_the_mix_and_add_up_to_it(gateway: Gateway, tmp_path: Path) -> None:
    record, stems = await extract(gateway, tmp_path, stems='["vocals", "instrumental", "drums", "bass"]')

    mix = read(tmp_path / "mix.wav")[0]
    assert set(stems) == {"vocals", "instrumental", "drums", "bass"}
    assert all(stem.shape == mix.shape for stem in stems.values())
    rest = stems["vocals"] + stems["instrumental"] - mix
    assert np.square(rest).mean() < 1e-6 * np.square(mix).mean()
    assert record["stems"] == json.loads(record["conversion_path"]) == json.loads(record["conversion_path_wav"])
    assert record["engine"] == "woodshed-separator"
    assert "stem_quality" not in record


async def test_finer_stems_are_there_and_said_to_be_approximate(gateway: Gateway, tmp_path: Path) -> None:
    record, stems = await extract(gateway, tmp_path, stems="kick_drum,drums", eco_mode="True")

    assert record["stem_quality"] == {"kick_drum": "approximate"}
    assert record["engine"] == "woodshed-separator + woodshed-parts"
    assert np.square(stems["kick_drum"]).sum() <= 1.1 * np.square(stems["drums"]).sum()


async def test_the_default_is_that_of_the_hosted_service(gateway: Gateway, tmp_path: Path) -> None:
    record, stems = await extract(gateway, tmp_path)

    assert set(stems) == {"drums", "bass", "piano", "guitar"}
    assert set(record["stem_quality"]) == {"piano", "guitar"}
