"""What is checked is what is dialled (promises S2, S3, S6): rebinding, own addresses, proxies, TLS names."""

import itertools
import logging
import socket
import threading
from pathlib import Path

import httpcore
import pytest

from app.errors import FetchFailed, Retryable
from app.infra.egress import Egress, Posted, PostFailed
from app.infra.egress.dial import Budget, Dialler
from app.infra.egress.names import Gate, resolve_within, system_resolve
from app.infra.egress.urls import Refused
from app.settings import EgressSettings
from tests.support.certificates import Authority
from tests.support.receivers import Receiver, answer, redirect

PUBLIC = "93.184.215.14"
LOOPBACK = EgressSettings(allow_loopback=True)


def post(egress: Egress, url: str) -> Posted:
    return egress.post(url, b"{}", {}, timeout_s=5, connect_timeout_s=2, max_response_bytes=1000)


def test_name_that_changes_after_the_check_reaches_nothing_private() -> None:
    answers = itertools.cycle([[PUBLIC], ["127.0.0.1"]])

    with Receiver(answer()) as receiver:
        egress = Egress(EgressSettings(allow_ports=[]), resolve=lambda _host: next(answers))
        url = f"http://rebinding.example:{receiver.port}/"
        egress.check(url)
        with pytest.raises(PostFailed, match="not allowed"):
            post(egress, url)

    assert receiver.connections == 0


def test_name_is_resolved_once_per_connection() -> None:
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else [PUBLIC]

    with Receiver(answer()) as receiver:
        posted = post(Egress(LOOPBACK, resolve=resolve), f"http://receiver.example:{receiver.port}/")

    assert posted.status == 200
    assert asked == ["receiver.example"]


def test_every_try_is_checked_again() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    with Receiver(answer()) as receiver:
        egress = Egress(LOOPBACK, resolve=lambda _host: next(answers))
        url = f"http://receiver.example:{receiver.port}/"
        post(egress, url)
        with pytest.raises(PostFailed, match="not allowed"):
            post(egress, url)

    assert receiver.connections == 1


@pytest.mark.parametrize("others", [["10.0.0.1"], ["::ffff:169.254.169.254"], ["224.0.0.1"]])
def test_one_bad_address_spoils_the_name(others: list[str]) -> None:
    with Receiver(answer()) as receiver:
        egress = Egress(LOOPBACK, resolve=lambda _host: ["127.0.0.1", *others])
        with pytest.raises(PostFailed, match="not allowed"):
            post(egress, f"http://receiver.example:{receiver.port}/")

    assert receiver.connections == 0


def test_second_address_is_tried_when_the_first_is_closed() -> None:
    with Receiver(answer()) as receiver:
        egress = Egress(LOOPBACK, resolve=lambda _host: ["127.0.0.2", "127.0.0.1"])

        posted = post(egress, f"http://receiver.example:{receiver.port}/")

    assert posted.status == 200


def test_proxies_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(answer(200, b"proxy")) as proxy, Receiver(answer(200, b"direct")) as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)

        posted = post(Egress(LOOPBACK), receiver.url)

    assert posted.body_excerpt == b"direct"
    assert proxy.connections == 0


@pytest.mark.parametrize("own_host", ["127.0.0.1", "0.0.0.0", "::", "", "localhost"])
def test_own_address_is_refused_even_where_loopback_is_open(own_host: str) -> None:
    with Receiver(answer()) as receiver, Receiver(answer()) as other:
        egress = Egress(LOOPBACK, own_addresses=[(own_host, receiver.port)])

        with pytest.raises(FetchFailed):
            egress.check(receiver.url)
        with pytest.raises(PostFailed):
            post(egress, receiver.url)
        posted = post(egress, other.url)

    assert receiver.connections == 0
    assert posted.status == 200


def test_own_wildcard_covers_this_machine_only() -> None:
    egress = Egress(EgressSettings(), resolve=lambda host: [host or PUBLIC], own_addresses=[("0.0.0.0", 443)])

    egress.check(f"https://{PUBLIC}/")


def test_failing_name_server_means_try_again(tmp_path: Path) -> None:
    def resolve(_host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with pytest.raises(Retryable):
        Egress(EgressSettings(), resolve=resolve).download("https://h.example/a", tmp_path / "a", max_bytes=10)


def test_missing_name_is_final(tmp_path: Path) -> None:
    def resolve(_host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(FetchFailed):
        Egress(EgressSettings(), resolve=resolve).download("https://h.example/a", tmp_path / "a", max_bytes=10)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "double..dots"])
def test_names_that_cannot_be_asked_for_are_refused(host: str) -> None:
    with pytest.raises(FetchFailed):
        Egress(EgressSettings()).check(f"https://{host}/")


def test_hanging_name_server_costs_no_more_than_the_connect_timeout() -> None:
    released = threading.Event()

    try:
        with pytest.raises(httpcore.ConnectTimeout):
            resolve_within(lambda _host: [PUBLIC] if released.wait(30) else [], "h.example", 0.05)
    finally:
        released.set()


def test_fault_of_a_resolver_is_not_hidden() -> None:
    def resolve(_host: str) -> list[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        resolve_within(resolve, "h.example", 5)


def test_system_resolver_gives_literals() -> None:
    assert system_resolve("127.1") == ["127.0.0.1"]


def test_unix_sockets_are_not_dialled() -> None:
    dialler = Dialler(Gate(LOOPBACK, system_resolve, ()), Budget(1e12))

    with pytest.raises(Refused):
        dialler.connect_unix_socket("/var/run/docker.sock")


def test_tls_verifies_the_name_of_the_url(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    authority = Authority(tmp_path)
    with Receiver(answer(), tls=authority.server("good.example")) as receiver:
        egress = Egress(LOOPBACK, resolve=lambda _host: ["127.0.0.1"], tls=authority.trust)

        assert post(egress, f"https://good.example:{receiver.port}/").status == 200
        assert post(egress, f"https://good.example.:{receiver.port}/").status == 200
        with pytest.raises(PostFailed, match="not allowed"):
            post(egress, f"https://other.example:{receiver.port}/")

    assert "Hostname mismatch" in caplog.text


def test_unknown_authority_is_final(tmp_path: Path) -> None:
    with Receiver(answer(), tls=Authority(tmp_path).server("good.example")) as receiver:
        egress = Egress(LOOPBACK, resolve=lambda _host: ["127.0.0.1"])

        with pytest.raises(FetchFailed):
            egress.download(f"https://good.example:{receiver.port}/", tmp_path / "a", max_bytes=10)

    assert receiver.requests == []


def test_plain_http_where_tls_was_expected_is_a_broken_connection(tmp_path: Path) -> None:
    with Receiver(answer()) as receiver:
        egress = Egress(LOOPBACK, tls=Authority(tmp_path).trust)

        with pytest.raises(PostFailed, match="connection failed"):
            post(egress, f"https://127.0.0.1:{receiver.port}/")


def test_request_names_us_and_the_host_of_the_url() -> None:
    with Receiver(answer()) as receiver:
        post(Egress(LOOPBACK, resolve=lambda _host: ["127.0.0.1"]), f"http://Receiver.Example:{receiver.port}/a?b")

    (request,) = receiver.requests
    assert request.headers["user-agent"].startswith("Woodshed/")
    assert request.headers["host"] == f"receiver.example:{receiver.port}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.target == "/a?b"


def test_nothing_of_a_query_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with Receiver(redirect("/signed?token=canary")) as receiver:
        egress = Egress(LOOPBACK)
        post(egress, f"{receiver.url}/?token=canary")
        with pytest.raises(FetchFailed):
            egress.check("http://10.0.0.1/?token=canary")

    assert "url_refused" in caplog.text
    assert "canary" not in caplog.text
