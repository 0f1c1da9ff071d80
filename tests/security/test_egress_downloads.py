"""Downloads (promises S4, S10): hops, limits, time, and no file left behind when anything goes wrong."""

import gzip
import time
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import Cancelled, FetchFailed, Retryable, TooLarge
from app.infra.egress import Downloaded, Egress
from app.settings import EgressSettings
from tests.support.receivers import (
    Behaviour,
    Line,
    Received,
    Receiver,
    answer,
    drip,
    drip_body,
    drip_head,
    endless,
    endless_interim,
    gzip_bomb,
    hang,
    redirect,
    routes,
    without_length,
)

SONG = bytes(range(256)) * 1000
LIMIT = 1_000_000


def egress(**changes: object) -> Egress:
    return Egress(EgressSettings.model_validate({"allow_loopback": True, **changes}))


def fetch(
    behaviour: Behaviour, folder: Path, *, path: str = "/song.mp3", **changes: object
) -> tuple[Downloaded, bytes]:
    with Receiver(behaviour) as receiver:
        target = folder / "input"
        downloaded = egress(**changes).download(receiver.url + path, target, max_bytes=LIMIT)
        return downloaded, target.read_bytes()


def refused(behaviour: Behaviour, folder: Path, **changes: object) -> tuple[type[Exception], Receiver, float]:
    """The error, the receiver it came from, and the seconds it took; asserts that nothing was left behind."""
    started_s = time.monotonic()
    with Receiver(behaviour) as receiver:
        with pytest.raises((FetchFailed, Retryable, TooLarge)) as failed:
            egress(**changes).download(f"{receiver.url}/song.mp3?token=canary", folder / "input", max_bytes=LIMIT)
        took_s = time.monotonic() - started_s

    assert list(folder.iterdir()) == []
    assert "canary" not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)
    return failed.type, receiver, took_s


def test_streams_the_file_and_says_what_it_is(tmp_path: Path) -> None:
    behaviour = answer(200, SONG, {"Content-Type": "Audio/MPEG; charset=x"})

    downloaded, content = fetch(behaviour, tmp_path, path="/a/My%20song.mp3?sig=1")

    assert content == SONG
    assert downloaded == Downloaded("My song.mp3", len(SONG), "audio/mpeg")


@pytest.mark.parametrize(
    "behaviour",
    [
        without_length(SONG),
        answer(200, gzip.compress(SONG), {"Content-Encoding": "gzip"}),
        answer(200, gzip.compress(SONG), {"Content-Encoding": "X-GZIP"}),
        answer(200, zlib.compress(SONG), {"Content-Encoding": "deflate"}),
        answer(200, SONG, {"Content-Encoding": "identity"}),
        without_length(
            b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (SONG[:7], SONG[7:])) + b"0\r\n\r\n",
            {"Transfer-Encoding": "chunked"},
        ),
    ],
    ids=["no length", "gzip", "x-gzip", "deflate", "identity", "chunked"],
)
def test_understands_every_usual_transfer(behaviour: Behaviour, tmp_path: Path) -> None:
    downloaded, content = fetch(behaviour, tmp_path)

    assert content == SONG
    assert downloaded.size_bytes == len(SONG)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.wav"', "a b.wav"),
        ("attachment; filename*=UTF-8''t%C3%B6n.wav", "tön.wav"),
        ('attachment; filename="tön.wav"'.encode().decode("latin-1"), "tön.wav"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\music\\\\a.wav"', "a.wav"),
        ("attachment; filename*=bogus''%00%0aa.wav", "a.wav"),
        ("inline", "song.mp3"),
        ("", "song.mp3"),
        (f'attachment; filename="{"a" * 5000}"', "a" * 200),
    ],
)
def test_file_name_is_only_ever_a_name(disposition: str, name: str, tmp_path: Path) -> None:
    downloaded, _ = fetch(answer(200, SONG, {"Content-Disposition": disposition}), tmp_path)

    assert downloaded.file_name == name


def test_empty_file_is_a_file(tmp_path: Path) -> None:
    downloaded, content = fetch(answer(200, b""), tmp_path, path="")

    assert (downloaded.size_bytes, content, downloaded.file_name) == (0, b"", "")


def test_exactly_the_limit_passes(tmp_path: Path) -> None:
    _, content = fetch(answer(200, bytes(LIMIT)), tmp_path)

    assert len(content) == LIMIT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_redirects(status: int, tmp_path: Path) -> None:
    hops = {"/1": redirect("/2", status), "/2": redirect("3?x=/y", status), "/4": answer(200, SONG)}

    with Receiver(routes(hops)) as receiver:
        hops["/3?x=/y"] = redirect(f"{receiver.url}/4", status)
        egress().download(f"{receiver.url}/1", tmp_path / "input", max_bytes=LIMIT)

    assert [request.target for request in receiver.requests] == ["/1", "/2", "/3?x=/y", "/4"]


def test_stops_after_the_last_allowed_hop(tmp_path: Path) -> None:
    kind, receiver, _ = refused(redirect("/again"), tmp_path, max_redirects=3)

    assert kind is FetchFailed
    assert len(receiver.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:10.0.0.1]/", "http://0/", "http://192.168.0.1:9000/",
        "file:///etc/passwd", "ftp://127.0.0.1/", "http://user:pass@127.0.0.1/", "http://[::1", "gopher://127.0.0.1/_x",
    ],
)  # fmt: skip
def test_redirect_is_checked_like_the_first_url(location: str, tmp_path: Path) -> None:
    kind, receiver, _ = refused(redirect(location), tmp_path)

    assert kind is FetchFailed
    assert len(receiver.requests) == 1


def test_redirect_to_loopback_is_refused_when_only_the_first_host_is_open(tmp_path: Path) -> None:
    """The receiver stands for a studio's NAS: its network is open, this machine's loopback is not."""
    with Receiver(answer(200, b"secret")) as private, Receiver(redirect(private.url)) as receiver:
        opened = Egress(
            EgressSettings(allow_private=["127.0.0.1/32"]),
            resolve=lambda host: ["127.0.0.1"] if host == "nas.example" else ["127.0.0.2"],
        )

        with pytest.raises(FetchFailed):
            opened.download(f"http://nas.example:{receiver.port}/", tmp_path / "input", max_bytes=LIMIT)

    assert (receiver.connections, private.connections) == (1, 0)


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 403, 404, 410, 429, 451])
def test_what_the_caller_can_cause_is_final(status: int, tmp_path: Path) -> None:
    assert refused(answer(status, b""), tmp_path)[0] is FetchFailed


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_what_the_server_causes_may_be_tried_again(status: int, tmp_path: Path) -> None:
    assert refused(answer(status), tmp_path)[0] is Retryable


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (answer(200, SONG, {"Content-Length": "300000"}), Retryable),
        (answer(200, gzip.compress(SONG)[:-20], {"Content-Encoding": "gzip"}), FetchFailed),
        (answer(200, b"not gzip at all", {"Content-Encoding": "gzip"}), FetchFailed),
        (answer(200, SONG, {"Content-Encoding": "br"}), FetchFailed),
        (answer(200, SONG, {"Content-Encoding": "gzip, gzip"}), FetchFailed),
        (lambda _request, line: line.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), Retryable),
        (lambda _request, _line: None, Retryable),
        (redirect(""), FetchFailed),
    ],
    ids=[
        "cut off",
        "gzip cut off",
        "no gzip",
        "brotli",
        "gzip twice",
        "no HTTP",
        "says nothing",
        "redirect to nowhere",
    ],
)
def test_broken_answers(behaviour: Behaviour, kind: type[Exception], tmp_path: Path) -> None:
    assert refused(behaviour, tmp_path)[0] is kind


def test_closed_port_of_an_allowed_host_may_be_tried_again(tmp_path: Path) -> None:
    with Receiver(answer()) as receiver:
        gone = receiver.url

    with pytest.raises(Retryable):
        egress().download(gone, tmp_path / "input", max_bytes=LIMIT)


def test_announced_size_above_the_limit_is_refused_at_once(tmp_path: Path) -> None:
    announced = drip(f"HTTP/1.1 200 OK\r\nContent-Length: {LIMIT + 1}\r\n\r\n".encode())

    kind, receiver, _ = refused(announced, tmp_path, download_timeout=timedelta(seconds=5))

    assert kind is TooLarge
    assert receiver.sent_bytes < 1000


@pytest.mark.parametrize(
    "behaviour", [endless(), endless({"Content-Encoding": "identity"}), without_length(bytes(LIMIT + 1))]
)
def test_body_without_length_stops_at_the_limit(behaviour: Behaviour, tmp_path: Path) -> None:
    kind, receiver, _ = refused(behaviour, tmp_path)

    assert kind is TooLarge
    assert receiver.sent_bytes < LIMIT + 16 * 2**20  # what the buffers of both sockets hold


def test_false_length_cannot_smuggle_more(tmp_path: Path) -> None:
    downloaded, content = fetch(answer(200, SONG, {"Content-Length": "10"}), tmp_path)

    assert downloaded.size_bytes == 10
    assert content == SONG[:10]


@pytest.mark.parametrize("size_bytes", [LIMIT + 1, 200_000_000])
def test_gzip_bomb_stops_at_the_limit(size_bytes: int, tmp_path: Path) -> None:
    seen: list[int] = []

    with Receiver(gzip_bomb(size_bytes)) as receiver, pytest.raises(TooLarge):
        egress().download(receiver.url, tmp_path / "input", max_bytes=LIMIT, on_progress=seen.append)

    assert max(seen) <= LIMIT
    assert max(b - a for a, b in zip([0, *seen], seen, strict=False)) <= 65536
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("behaviour", [drip_body(), drip_head(), drip(b""), endless_interim(), hang()])
def test_slow_server_ends_with_the_total_time(behaviour: Behaviour, tmp_path: Path) -> None:
    kind, _, took_s = refused(behaviour, tmp_path, download_timeout=timedelta(seconds=0.3))

    assert kind is Retryable
    assert took_s < 2


def test_silence_within_a_download_ends_it_early(tmp_path: Path) -> None:
    def stall(_request: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstart")
        line.pause(60)

    kind, _, took_s = refused(stall, tmp_path, stall_timeout=timedelta(seconds=0.2))

    assert kind is Retryable
    assert took_s < 2


def test_redirects_share_one_time_limit(tmp_path: Path) -> None:
    def slow_hop(_request: Received, line: Line) -> None:
        line.pause(0.2)
        line.send(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")

    kind, receiver, _ = refused(slow_hop, tmp_path, download_timeout=timedelta(seconds=0.3), max_redirects=10)

    assert kind is Retryable
    assert len(receiver.requests) <= 2


def test_progress_grows_to_the_size(tmp_path: Path) -> None:
    seen: list[int] = []

    with Receiver(answer(200, SONG)) as receiver:
        egress().download(receiver.url, tmp_path / "input", max_bytes=LIMIT, on_progress=seen.append)

    assert seen == sorted(seen)
    assert seen[-1] == len(SONG)


def test_progress_may_stop_the_download(tmp_path: Path) -> None:
    def stop(size_bytes: int) -> None:
        if size_bytes > 100_000:
            raise Cancelled

    with Receiver(endless()) as receiver, pytest.raises(Cancelled):
        egress().download(receiver.url, tmp_path / "input", max_bytes=10**12, on_progress=stop)

    assert list(tmp_path.iterdir()) == []


def test_loopback_is_closed_by_default(tmp_path: Path) -> None:
    kind, receiver, _ = refused(answer(200, SONG), tmp_path, allow_loopback=False)

    assert kind is FetchFailed
    assert receiver.connections == 0
