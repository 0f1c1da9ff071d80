"""What goes wrong every day, through the whole gateway: the documented error, no 5xx, and nothing left on disk."""

import dataclasses
import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.infra.storage import LocalStorage
from tests.support.clock import FakeClock
from tests.support.gateway import BASE, Gateway, open_gateway
from tests.support.media import ffmpeg
from tests.support.receivers import Receiver, answer, endless, redirect
from tests.support.wav import wav_bytes

pytestmark = pytest.mark.asyncio
FORM = {"target_format": "mp3"}
DOWNLOAD = "The file could not be downloaded from the provided URL"


@pytest.fixture
def closed(tmp_path: Path, clock: FakeClock) -> Iterator[Gateway]:
    """A gateway as installed: no loopback, no private networks."""

    def as_installed(settings: Any) -> None:
        settings.egress.allow_loopback = False

    gateway = open_gateway(tmp_path, clock, as_installed)
    yield gateway
    gateway.services.db.close()


def silence_of_ten_hours(folder: Path) -> bytes:
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000", "-c:a", "flac", folder / "a.flac")
    return (folder / "a.flac").read_bytes()


UPLOADS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty": (lambda _: b"", "audio_file is empty"),
    "text called mp3": (lambda _: b"Hello, this is text.\n" * 99, "not audio"),
    "playlist": (lambda _: b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/x.ts\n", "not audio"),
    "ten hours of silence": (silence_of_ten_hours, "longer than 240 minutes"),
    "a header alone": (lambda _: wav_bytes()[:44], "no sound"),
    "half a header": (lambda _: wav_bytes()[:20], "not audio"),
}


@pytest.mark.parametrize("name", list(UPLOADS))
async def test_an_upload_that_is_no_use_is_refused_at_once(gateway: Gateway, tmp_path: Path, name: str) -> None:
    make, text = UPLOADS[name]

    async with gateway.client() as client:
        files = {"audio_file": ("song.mp3", make(tmp_path))}
        answered = await client.post(f"{BASE}/file_convert", data=FORM, files=files)

    assert answered.status_code == 422
    assert text in answered.json()["message"]
    assert gateway.files() == []
    assert gateway.bell.jobs == []


@pytest.mark.parametrize(
    "fields",
    [
        {"target_sr": "1"},
        {"target_sr": "NaN"},
        {"target_sr": "44100.5"},
        {"target_bit_depth": "-16"},
        {"target_bit_depth": "1e400"},
        {"target_format": "mp3; rm -rf /"},
        {"target_format": ["wav", "mp3"]},
        {"target_format": {"wav": 1}},
    ],
)
async def test_parameters_out_of_range_are_a_422(gateway: Gateway, fields: dict[str, Any]) -> None:
    async with gateway.client() as client:
        body = {**FORM, "audio_url": "https://example.com/a.mp3", **fields}
        answered = await client.post(f"{BASE}/file_convert", json=body)

    assert answered.status_code == 422
    assert answered.json()["success"] is False


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.mp3",
        "http://localhost/a.mp3",
        "http://0x7f000001/a.mp3",
        "http://[::1]/a.mp3",
        "http://10.0.0.1/a.mp3",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://example.com/a.mp3",
        "https://user:password@example.com/a.mp3",
        "https://example.com:22/a.mp3",
        "not a link",
    ],
)
async def test_links_to_where_nobody_may_go_are_the_documented_400(closed: Gateway, url: str) -> None:
    async with closed.client() as client:
        answered = await client.post(f"{BASE}/file_convert", data={**FORM, "audio_url": url})
        hooked = await client.post(
            f"{BASE}/file_convert", data={**FORM, "webhook_url": url}, files={"audio_file": ("a.wav", wav_bytes())}
        )

    assert (answered.status_code, answered.json()["message"]) == (400, DOWNLOAD)
    assert hooked.status_code == 422
    assert "webhook_url" in hooked.json()["message"]
    assert closed.files() == []


ENDINGS: dict[str, tuple[Any, str]] = {
    "a redirect to a private network": (redirect("http://10.1.2.3/secret"), DOWNLOAD),
    "a redirect to a file": (redirect("file:///etc/passwd"), DOWNLOAD),
    "not found": (answer(404, b"no"), DOWNLOAD),
    "a page instead of sound": (answer(200, b"<html>Please log in</html>"), "not audio"),
    "half of the file": (answer(200, wav_bytes()[:4000], {"Content-Length": "99999"}), DOWNLOAD),
    "no end": (endless(), "larger than"),
}


@pytest.mark.parametrize("name", list(ENDINGS))
async def test_a_link_that_leads_nowhere_ends_as_error_with_a_text(tmp_path: Path, clock: FakeClock, name: str) -> None:
    behaviour, text = ENDINGS[name]

    def small(settings: Any) -> None:
        settings.uploads.file_bytes = 1024 * 1024

    gateway = open_gateway(tmp_path, clock, small)
    with Receiver(behaviour) as source:
        async with gateway.client() as client:
            posted = await client.post(f"{BASE}/file_convert", data={**FORM, "audio_url": f"{source.url}/a.mp3"})
            for _ in range(4):  # a link may work a moment later: it is tried again
                gateway.work()
                clock.pass_s(60)
                gateway.housekeeping.reap()
            record = (await client.get(f"{BASE}/byId", params={"task_id": posted.json()["task_id"]})).json()

    assert record["conversion"]["status"] in {"ERROR", "FAILED"}
    assert text in record["conversion"]["message"], record["conversion"]["message"]
    assert "10.1.2.3" not in record["conversion"]["message"]
    assert gateway.files() == []
    gateway.services.db.close()


async def test_ids_nobody_has_and_ids_of_others_do_not_exist(gateway: Gateway) -> None:
    async with gateway.client() as mine, gateway.client(gateway.new_key()) as other:
        task = (await mine.post(f"{BASE}/file_convert", data=FORM, files={"audio_file": ("a.wav", wav_bytes())})).json()
        for path in ("byId?task_id={}", "tasks/{}/webhooks"):
            unknown = await other.get(f"{BASE}/{path.format('00000000-0000-4000-8000-000000000000')}")
            foreign = await other.get(f"{BASE}/{path.format(task['task_id'])}")
            assert unknown.status_code == foreign.status_code == 404
            assert unknown.json() == foreign.json()
        assert (await other.post(f"{BASE}/tasks/{task['task_id']}/cancel")).status_code == 404
        assert (await mine.get(f"{BASE}/byId", params={"task_id": task["task_id"]})).json()["status"] == "IN_QUEUE"


async def test_a_full_disk_is_a_503_in_plain_words(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(LocalStorage):
        def put(self, key: str, path: Path, content_type: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    full = dataclasses.replace(gateway.services, storage=Full(gateway.services.settings.data_dir / "files"))
    monkeypatch.setattr(gateway.app.state, "services", full)
    async with gateway.client() as client:
        files = {"audio_file": ("a.wav", wav_bytes())}
        answered = await client.post(f"{BASE}/file_convert", data=FORM, files=files)

    assert answered.status_code == 503
    assert "no room" in answered.json()["message"]
    assert gateway.files() == []
