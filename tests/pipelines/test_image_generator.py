"""POST /v1/image_generator: the picture, its parameters in any form, and what is said of wrong ones; and album covers."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from models.catalogue import Engines
from tests.support.gateway import BASE, Gateway
from tests.support.receivers import Receiver, answer
from workers.context import Context
from workers.pipelines._covers import draw_cover

pytestmark = pytest.mark.asyncio
URL = f"{BASE}/image_generator"


async def painted(gateway: Gateway, **fields: Any) -> tuple[dict[str, Any], Image.Image, dict[str, str]]:
    async with gateway.client() as client:
        posted = await client.post(URL, data={"width": "128", "height": "64", **fields})
        assert posted.status_code == 200, posted.text
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        record = found.json()["conversion"]
        assert record["status"] == "COMPLETED", record
        downloaded = await client.get(record["conversion_path"])
        assert downloaded.status_code == 200
    return record, Image.open(io.BytesIO(downloaded.content)), dict(downloaded.headers)


async def test_a_prompt_becomes_a_picture(gateway: Gateway) -> None:
    record, picture, headers = await painted(gateway, prompt="The sea at night", style_preset="ANIME", seed="7")

    assert picture.format == "PNG"
    assert picture.mode == "RGB"
    assert picture.size == (128, 64)
    assert headers["content-type"] == "image/png"
    assert record["conversion_path"].partition("?")[0].endswith(".png")
    assert record["prompt"] == "The sea at night"
    assert (record["style_preset"], record["width"], record["height"], record["seed"]) == ("anime", 128, 64, 7)
    assert np.asarray(picture).std() > 3


async def test_the_seed_that_was_drawn_makes_the_same_picture_again(gateway: Gateway) -> None:
    first, picture, _ = await painted(gateway, prompt="hills")
    _, again, _ = await painted(gateway, prompt="hills", seed=str(first["seed"]))
    other, different, _ = await painted(gateway, prompt="hills")

    assert np.array_equal(np.asarray(picture), np.asarray(again))
    assert first["seed"] != other["seed"]
    assert not np.array_equal(np.asarray(picture), np.asarray(different))


async def test_json_and_the_sizes_of_the_documentation_work(gateway: Gateway) -> None:
    async with gateway.client() as client:
        posted = await client.post(URL, json={"prompt": "a cat"})
        assert posted.status_code == 200
        gateway.work()
        found = await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})
        downloaded = await client.get(found.json()["conversion"]["conversion_path"])

    assert Image.open(io.BytesIO(downloaded.content)).size == (544, 960)


@pytest.mark.parametrize("style", ["Standard", "Anime", "Nature", "Abstract", "Minimal", "Dark"])
async def test_every_style_is_known_as_it_is_documented(gateway: Gateway, style: str) -> None:
    record, _, _ = await painted(gateway, prompt="a forest", style_preset=style)

    assert record["style_preset"] == style.lower()


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ""},
        {"prompt": "   "},
        {"width": "100"},
        {"width": "48"},
        {"height": "4096"},
        {"height": "-64"},
        {"style_preset": "cubist"},
        {"seed": "-1"},
        {"seed": "1.5"},
        {"prompt": "x" * 1001},
    ],
)
async def test_wrong_parameters_are_refused(gateway: Gateway, fields: dict[str, str]) -> None:
    async with gateway.client() as client:
        posted = await client.post(URL, data={"prompt": "hills", **fields})

    assert posted.status_code == 422, posted.text
    assert not gateway.bell.jobs


async def test_a_missing_prompt_is_named(gateway: Gateway) -> None:
    async with gateway.client() as client:
        posted = await client.post(URL, data={})

    assert posted.status_code == 422
    assert "prompt is required" in posted.text


async def test_the_webhook_carries_the_link(gateway: Gateway) -> None:
    with Receiver(answer()) as receiver:
        await painted(gateway, prompt="a red heart", webhook_url=receiver.url + "/hook")
        gateway.deliver()

        (sent,) = receiver.requests
    assert b"Image Generation Completed" in sent.body
    assert b"Image Generator" in sent.body
    assert b".png" in sent.body


def cover(gateway: Gateway, folder: Path, **wish: Any) -> tuple[Image.Image, Image.Image, Context]:
    folder.mkdir()
    with Engines(folder / "none").borrow() as engines:
        ctx = Context({}, gateway.services.media, folder, lambda _fraction: None, engines)
        draw_cover(ctx, seed=3, report=lambda _fraction: None, **wish)
    with Image.open(ctx.outputs["cover"]) as large, Image.open(ctx.outputs["cover_thumb"]) as small:
        large.load()
        small.load()
    return large, small, ctx


async def test_a_cover_and_its_small_twin(gateway: Gateway, tmp_path: Path) -> None:
    large, small, ctx = cover(
        gateway,
        tmp_path / "a",
        title="Salt and Silver",
        prompt="the sea",
        genre="pop",
        key="A minor",
        bpm=96.0,
        mood="calm",
    )

    assert (large.format, large.size) == ("JPEG", (1024, 1024))
    assert (small.format, small.size) == ("JPEG", (256, 256))
    assert ctx.shown_names["cover"] == "Salt and Silver (cover)"
    shrunk = np.asarray(large.resize((256, 256), Image.Resampling.LANCZOS), int)
    assert np.abs(shrunk - np.asarray(small, int)).mean() < 4


async def test_covers_need_no_more_than_a_title(gateway: Gateway, tmp_path: Path) -> None:
    first, _, _ = cover(gateway, tmp_path / "a", title="夜", prompt="")
    again, _, _ = cover(gateway, tmp_path / "b", title="夜", prompt="")

    assert np.array_equal(np.asarray(first), np.asarray(again))
