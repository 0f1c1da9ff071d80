"""Pictures as inputs: what the gateway keeps, what the worker fetches, and what a pipeline sees."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.contract.fields import Uploaded
from app.errors import BadInput, InputUnusable
from app.features.image_to_song import FEATURE
from app.http.submit import Given, _keep_input
from app.infra.ids import new_id
from models.catalogue import Engines
from tests.support.gateway import Gateway
from tests.support.receivers import Receiver, answer, endless
from workers.context import Context, Source
from workers.inputs import fetch_inputs


def picture(folder: Path, name: str = "sea.jpg") -> Path:
    path = folder / name
    Image.new("RGB", (90, 60), (20, 60, 200)).save(path)
    return path


def fetched(gateway: Gateway, folder: Path, given: dict[str, Any]) -> dict[str, Source]:
    services = gateway.services
    job: Any = SimpleNamespace(inputs=[given])
    return fetch_inputs(
        job, FEATURE, folder, settings=services.settings, storage=services.storage, egress=services.egress,
        media=services.media, report=lambda _fraction: None,
    )  # fmt: skip


def context(gateway: Gateway, inputs: dict[str, Source], folder: Path) -> Context:
    borrowed = Engines(folder / "none").borrow()
    return Context(inputs, gateway.services.media, folder, lambda _fraction: None, borrowed)


def kept(gateway: Gateway, path: Path) -> dict[str, Any]:
    given = Given("image_file", None, Uploaded(str(path), path.name, path.stat().st_size))
    record, length_s = _keep_input(gateway.services, new_id(), given, "image")
    assert length_s is None
    return record


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def test_an_upload_reaches_the_pipeline(gateway: Gateway, tmp_path: Path, work: Path) -> None:
    inputs = fetched(gateway, work, kept(gateway, picture(tmp_path)))

    pixels = context(gateway, inputs, work).read_image()

    assert inputs["image_file"].file_name == "sea.jpg"
    assert inputs["image_file"].info.duration_s == 0
    assert pixels.shape == (60, 90, 3)
    assert np.abs(pixels.mean(axis=(0, 1)) - (20, 60, 200)).max() < 12


def test_a_link_reaches_the_pipeline(gateway: Gateway, tmp_path: Path, work: Path) -> None:
    body = picture(tmp_path, "sea.png").read_bytes()
    with Receiver(answer(body=body)) as receiver:
        inputs = fetched(gateway, work, {"slot": "image_file", "url": f"{receiver.url}/my%20sea.png"})

    assert inputs["image_file"].file_name == "my sea.png"
    assert context(gateway, inputs, work).read_image(largest_side=45).shape == (30, 45, 3)


def test_the_gateway_refuses_what_is_no_picture(gateway: Gateway, tmp_path: Path) -> None:
    path = tmp_path / "song.jpg"
    path.write_bytes(b"ID3\x03" + bytes(100))

    with pytest.raises(BadInput, match="JPEG, PNG, GIF, BMP or WEBP"):
        kept(gateway, path)

    assert gateway.files() == []


def test_a_link_to_something_else_ends_in_plain_words(gateway: Gateway, work: Path) -> None:
    with Receiver(answer(body=b"<html>404</html>")) as receiver, pytest.raises(InputUnusable, match="not a picture"):
        fetched(gateway, work, {"slot": "image_file", "url": f"{receiver.url}/a.jpg"})


def test_an_endless_download_stops_at_the_limit_for_pictures(
    gateway: Gateway, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.inputs.MOST_PICTURE_BYTES", 100_000)
    with Receiver(endless()) as receiver, pytest.raises(InputUnusable, match="larger"):
        fetched(gateway, work, {"slot": "image_file", "url": f"{receiver.url}/a.jpg"})


def test_a_picture_that_breaks_off_ends_in_plain_words(gateway: Gateway, tmp_path: Path, work: Path) -> None:
    path = picture(tmp_path, "sea.png")
    path.write_bytes(path.read_bytes()[:60])

    inputs = fetched(gateway, work, kept(gateway, path))

    with pytest.raises(InputUnusable, match="cannot be read"):
        context(gateway, inputs, work).read_image()
