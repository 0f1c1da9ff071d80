"""Posts to receivers that hang, drip, flood or lie (promises S4, W7): bounded time, bounded bytes, nothing followed."""

import socket
import time

import pytest

from app.infra.egress import Egress, Posted, PostFailed
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
)

LOOPBACK = EgressSettings(allow_loopback=True)
EXCERPT_BYTES = 16 * 1024


def post(url: str, body: bytes = b"{}", *, timeout_s: float = 5.0) -> Posted:
    return Egress(LOOPBACK).post(
        url, body, {"X-Of-Ours": "1"}, timeout_s=timeout_s, connect_timeout_s=2, max_response_bytes=EXCERPT_BYTES
    )


def test_body_and_headers_arrive() -> None:
    with Receiver(answer(201, b"thanks", {"Retry-After": "7"})) as receiver:
        posted = post(f"{receiver.url}/hook?token=a%2Fb&x=[1]", b'{"a":1}')

    (request,) = receiver.requests
    assert (request.method, request.target, request.body) == ("POST", "/hook?token=a%2Fb&x=[1]", b'{"a":1}')
    assert request.headers["x-of-ours"] == "1"
    assert (posted.status, posted.body_excerpt, posted.retry_after) == (201, b"thanks", "7")
    assert posted.elapsed_ms < 5000


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_reported_and_never_followed(status: int) -> None:
    with Receiver(answer()) as other, Receiver(redirect(other.url, status)) as receiver:
        posted = post(receiver.url)

    assert posted.status == status
    assert other.connections == 0


@pytest.mark.parametrize(
    "behaviour", [hang(), drip_head(), drip(b""), drip(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n")]
)
def test_no_answer_costs_no_more_than_the_time_limit(behaviour: Behaviour) -> None:
    started_s = time.monotonic()

    with Receiver(behaviour) as receiver, pytest.raises(PostFailed) as failed:
        post(receiver.url, timeout_s=0.3)

    assert failed.value.reason == PostFailed.TIMED_OUT
    assert 250 <= failed.value.elapsed_ms < 2000
    assert time.monotonic() - started_s < 3


def test_status_counts_even_when_the_body_drips_for_ever() -> None:
    with Receiver(drip_body()) as receiver:
        posted = post(receiver.url, timeout_s=0.3)

    assert posted.status == 200
    assert posted.elapsed_ms < 2000
    assert set(posted.body_excerpt) == set(b"x")


def test_endless_body_is_cut() -> None:
    with Receiver(endless()) as receiver:
        posted = post(receiver.url, timeout_s=30)

    assert posted.status == 200
    assert len(posted.body_excerpt) == EXCERPT_BYTES
    assert posted.elapsed_ms < 5000


def test_endless_interim_answers_are_cut_by_bytes_not_only_by_time() -> None:
    with Receiver(endless_interim()) as receiver, pytest.raises(PostFailed) as failed:
        post(receiver.url, timeout_s=30)

    assert failed.value.reason == PostFailed.BROKEN
    assert failed.value.elapsed_ms < 5000


def test_endless_header_is_cut() -> None:
    def behave(_request: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            line.send(b"x" * 65536)

    with Receiver(behave) as receiver, pytest.raises(PostFailed) as failed:
        post(receiver.url, timeout_s=30)

    assert failed.value.reason == PostFailed.BROKEN


def test_compressed_answer_is_not_unpacked() -> None:
    with Receiver(gzip_bomb(10_000_000)) as receiver:
        posted = post(receiver.url)

    assert (posted.status, posted.body_excerpt) == (200, b"")


def test_receiver_that_never_reads_costs_no_more_than_the_time_limit() -> None:
    """The body is larger than the buffers of both sockets, so sending it blocks."""
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(PostFailed) as failed:
        post(f"http://127.0.0.1:{deaf.getsockname()[1]}/", bytes(32 * 2**20), timeout_s=0.3)

    assert failed.value.reason == PostFailed.TIMED_OUT
    assert failed.value.elapsed_ms < 2000


def test_receiver_that_answers_before_it_has_read_everything_is_heard() -> None:
    def behave(_request: Received, line: Line) -> None:
        line.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    with Receiver(behave) as receiver:
        posted = post(receiver.url, bytes(200_000))

    assert posted.status == 413


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (lambda _request, _line: None, PostFailed.BROKEN),
        (lambda _request, line: line.send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), PostFailed.BROKEN),
    ],
    ids=["closes at once", "no HTTP"],
)
def test_broken_receivers(behaviour: Behaviour, reason: str) -> None:
    with Receiver(behaviour) as receiver, pytest.raises(PostFailed) as failed:
        post(receiver.url)

    assert failed.value.reason == reason


def test_closed_port_is_a_broken_connection() -> None:
    with Receiver(answer()) as receiver:
        gone = receiver.url

    with pytest.raises(PostFailed) as failed:
        post(gone)

    assert failed.value.reason == PostFailed.BROKEN


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/?token=canary", "ftp://127.0.0.1/?token=canary", "http://u:canary@127.0.0.1/"]
)
def test_reason_says_nothing_about_the_url(url: str) -> None:
    with pytest.raises(PostFailed) as failed:
        post(url)

    assert failed.value.reason == PostFailed.REFUSED
    assert str(failed.value) == PostFailed.REFUSED
