"""POST /v1/image_to_song: what a picture shows becomes part of the wish."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.catalogue import Engines
from tests.pipelines.test_songs import FakeEngines, FakeSongs
from tests.support.gateway import BASE, Gateway

pytestmark = pytest.mark.asyncio


class WithPictures(FakeEngines):
    def load(self, task: str) -> Any:
        return self.real.load(task) if task == "pictures" else super().load(task)

    def choose(self, task: str) -> Any:
        return self.real.choose(task) if task == "pictures" else super().choose(task)

    real: Engines


@pytest.fixture
def songs(gateway: Gateway, tmp_path: Path) -> FakeSongs:
    engines = WithPictures(tmp_path / "none")
    engines.real, engines.songs = Engines(tmp_path / "none"), FakeSongs()
    gateway.runner._engines = engines
    return engines.songs


def png(colour: tuple[int, int, int]) -> bytes:
    noise = np.random.default_rng(1).integers(-6, 7, (64, 96, 3))
    out = io.BytesIO()
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


async def made(gateway: Gateway, picture: bytes, **fields: Any) -> dict[str, Any]:
    async with gateway.client() as client:
        posted = await client.post(
            f"{BASE}/image_to_song", data=fields, files={"image_file": ("a.png", picture, "image/png")}
        )
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record: dict[str, Any] = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        cover = await client.get(record["album_cover_path"])
    assert Image.open(io.BytesIO(cover.content)).size == (1024, 1024)
    return record


async def test_another_picture_is_another_wish(gateway: Gateway, songs: FakeSongs) -> None:
    for colour in ((250, 190, 60), (12, 14, 30)):
        await made(gateway, png(colour), make_instrumental="true", seed="4")

    bright, dark = songs.asked[0][0], songs.asked[2][0]
    assert bright.prompt != dark.prompt
    assert bright.style
    assert "major" in bright.prompt or "minor" in bright.prompt


async def test_the_callers_own_words_come_first(gateway: Gateway, songs: FakeSongs) -> None:
    record = await made(gateway, png((40, 120, 60)), prompt="reggae about rain", seed="4")

    wish = songs.asked[0][0]
    assert wish.prompt.startswith("reggae about rain, ")
    assert wish.style == ""
    assert record["conversion_path_2"]


async def test_what_is_no_picture_is_refused(gateway: Gateway, songs: FakeSongs) -> None:
    async with gateway.client() as client:
        posted = await client.post(f"{BASE}/image_to_song", files={"image_file": ("a.png", b"no picture", "image/png")})

    assert posted.status_code in {400, 422}
    assert not songs.asked
