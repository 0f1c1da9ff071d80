"""What callers may write (promises S2, S5, S8, W13): syntax, spellings of loopback, and one text for every refusal."""

import logging
import socket
from collections.abc import Iterator

import pytest

from app.errors import FetchFailed
from app.infra.egress import Egress, masked
from app.infra.egress.urls import Refused, parse
from app.settings import EgressSettings
from tests.support.receivers import Receiver, answer

PUBLIC = "93.184.215.14"


class Names:
    """A resolver to which every name is public."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return [PUBLIC]


MALFORMED = [
    "", " ", "example.com/a.mp3", "//example.com/a", "http:example.com", "http:/example.com", "http://", "http:///etc/passwd",
    "https://?x", "http://:80/", "ftp://example.com/a", "file:///etc/passwd", "gopher://example.com:70/_x", "data:audio/wav;base64,AA",
    "javascript:alert(1)", "dict://example.com/d", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
    "ws://example.com/", "blob:https://example.com/1", "HTTPX://example.com/",
    "http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/", "http://example.com@10.0.0.1/",
    "http://example.com%40evil.example/", "http://example.com\\@10.0.0.1/", "http://exam ple.com/", "http://%31%32%37.0.0.1/",
    "http://example.com:99999/", "http://example.com:0/", "http://example.com:port/", "http://example.com:-1/", "http://example.com:80:80/",
    "http://[::1/", "http://::1/", "http://[fe80::1%25eth0]/", "http://[example.com]/", "http://1.2.3.4.5.6.7.8:x/", "http://256.1.1.1/",
    "http://exa\x00mple.com/", "http://example.com/\r\nHost: evil", "http://example.com/a\nb", "http://example.com/\x7f", "http://\ud800.com/",
    "http://example.com/\ud800", "http://example.com/" + "a" * 9000, "http://０x7f.0.0.1:x/",
]  # fmt: skip


@pytest.mark.parametrize("url", MALFORMED)
def test_refuses_before_anything_is_resolved(url: str) -> None:
    names = Names()
    egress = Egress(EgressSettings(allow_ports=[]), resolve=names)

    with pytest.raises(FetchFailed) as refused:
        egress.check(url)

    assert refused.value.message == FetchFailed.TEXT
    assert names.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com", "https://example.com/", "HTTPS://EXAMPLE.COM/A.MP3", "http://example.com:80/a b.mp3", "https://example.com:443/?k=v#f",
        "https://münchen.example/tön.mp3", "http://8.8.8.8/a", "http://[2606:4700:4700::1111]/a", " https://example.com/a \n",
        "http://under_score.example.com/", "https://example.com./",
    ],
)  # fmt: skip
def test_accepts_what_clients_send(url: str) -> None:
    names = Names()

    Egress(EgressSettings(), resolve=names).check(url)

    assert len(names.asked) == 1


@pytest.mark.parametrize("port", [1, 22, 25, 81, 442, 444, 6379, 8080, 65535])
def test_refuses_odd_ports_of_public_hosts(port: int) -> None:
    with pytest.raises(FetchFailed):
        Egress(EgressSettings(), resolve=lambda _host: [PUBLIC]).check(f"https://example.com:{port}/")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answer()) as running:
        yield running


# What the resolver of the system makes of these is loopback, or 0.0.0.0, which leads there.
SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST", "LocalHost", "localhost.", "127.1", "127.0.1", "0x7f000001", "0X7F000001", "2130706433", "0x7f.1",
    "0177.1", "017700000001", "127.0.0.1.", "0", "0x0", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]",
    "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "ｌｏｃａｌｈｏｓｔ", "0177.0.0.1", "127.000.000.001", "[::]", "0.0.0.0", "127.255.255.254",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_loopback_is_refused(host: str, receiver: Receiver) -> None:
    egress = Egress(EgressSettings(allow_ports=[]))
    url = f"http://{host}:{receiver.port}/"

    with pytest.raises(FetchFailed):
        egress.check(url)
    with pytest.raises(Exception, match="not allowed or its name does not resolve"):
        egress.post(url, b"", {}, timeout_s=5, connect_timeout_s=5, max_response_bytes=10)

    assert receiver.connections == 0


@pytest.mark.parametrize(
    "host", ["127.1", "0x7f000001", "2130706433", "0177.1", "localhost", "[::ffff:127.0.0.1]", "127。0。0。1"]
)
def test_those_spellings_do_lead_to_loopback(host: str, receiver: Receiver) -> None:
    """Otherwise the test above would prove nothing."""
    egress = Egress(EgressSettings(allow_loopback=True))

    posted = egress.post(
        f"http://{host}:{receiver.port}/", b"", {}, timeout_s=5, connect_timeout_s=5, max_response_bytes=10
    )

    assert posted.status == 200


def test_one_text_for_closed_open_and_missing(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        closed_port = gone.getsockname()[1]

    def resolve(host: str) -> list[str]:
        if host == "missing.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["127.0.0.1"]

    egress = Egress(EgressSettings(), resolve=resolve)
    urls = [
        f"http://127.0.0.1:{receiver.port}/?token=canary", f"http://127.0.0.1:{closed_port}/", "http://missing.example/",
        "http://10.0.0.1:22/", "ftp://x/", "http://u:secret@h/",
    ]  # fmt: skip
    texts = set()
    for url in urls:
        with pytest.raises(FetchFailed) as refused:
            egress.check(url)
        texts.add((refused.value.message, refused.value.status))

    assert texts == {(FetchFailed.TEXT, 400)}
    assert receiver.connections == 0
    assert "127.0.0.1 port" in caplog.text
    assert "canary" not in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://h/p?a=1&b=%2F%2f&c=x+y&d=[1]&e={z}|^`'\"<>", "/p?a=1&b=%2F%2f&c=x+y&d=[1]&e={z}|^`'\"<>"),
        ("https://h?token=s3cr%zz", "/?token=s3cr%zz"),
        ("https://h/a/../b/./c//d?x=/../y", "/a/../b/./c//d?x=/../y"),
        ("https://h/?", "/?"),
        ("https://h", "/"),
        ("https://h/a#fragment?x", "/a"),
        ("https://h/a b?c d=é", "/a%20b?c%20d=%C3%A9"),
        ("https://h/?next=https://other/?q=1", "/?next=https://other/?q=1"),
    ],
)
def test_path_and_query_stay_as_written(url: str, target: str) -> None:
    assert parse(url).target == target


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/next?x=1", "http://h.example/next?x=1"),
        ("b", "http://h.example/a/b"),
        ("//other.example/c", "http://other.example/c"),
        ("https://other.example", "https://other.example/"),
        ("?q", "http://h.example/a/file?q"),
    ],
)
def test_redirects_are_joined(location: str, expected: str) -> None:
    joined = parse("http://h.example/a/file?old=1").join(location)

    assert f"{joined.scheme}://{joined.authority}{joined.target}" == expected


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://u:p@h/", "ftp://h/", "http://[::1", "/a\rb", "http://h:99999/"]
)
def test_redirect_targets_are_held_to_the_same_syntax(location: str) -> None:
    with pytest.raises(Refused):
        parse("http://h.example/a").join(location)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/hook?token=canary", "https://h/hook?…"),
        ("https://h/hook", "https://h/hook"),
        ("https://u:canary@h/hook#canary", "https://h/hook"),
        ("https:u:canary@h/hook", "h/hook"),
        ("https://h/#?canary", "https://h/?…"),
        ("https://h/a\nfake_event x=1", "https://h/a�fake_event x=1"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_masked_is_never_long() -> None:
    assert len(masked("https://h/" + "a" * 2_000_000 + "?x")) < 250
