"""HTTP receivers as the outside world has them, on 127.0.0.1: good, failing, redirecting, slow, endless, dishonest.

A behaviour is a function that gets the request and a `send`; the connection is closed when it returns.
"""

import gzip
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

MAX_REQUEST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came. Header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """The open connection: `send` bytes, `pause` for seconds (ends early, with True, when the receiver stops)."""

    send: Callable[[bytes], None]
    pause: Callable[[float], bool]


Behaviour = Callable[[Received, Line], None]


def answer(status: int = 200, body: bytes = b"ok", headers: Mapping[str, str] | None = None) -> Behaviour:
    """A whole answer at once, with the right Content-Length unless `headers` say another."""
    sent = {"Content-Length": str(len(body)), **(headers or {})}
    return lambda _request, line: line.send(_head(status, sent) + body)


def script(*behaviours: Behaviour) -> Behaviour:
    """One behaviour after the other; the last one stays."""
    left = itertools.chain(behaviours, itertools.repeat(behaviours[-1]))

    def behave(request: Received, line: Line) -> None:
        next(left)(request, line)

    return behave


def routes(table: Mapping[str, Behaviour]) -> Behaviour:
    """A behaviour per request target; `table` may be filled later."""

    def behave(request: Received, line: Line) -> None:
        table[request.target](request, line)

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    return answer(status, b"", {"Location": location})


def without_length(body: bytes, headers: Mapping[str, str] | None = None) -> Behaviour:
    """The body ends with the connection."""
    return lambda _request, line: line.send(_head(200, headers or {}) + body)


def endless(headers: Mapping[str, str] | None = None) -> Behaviour:
    """A body that never ends, as fast as the line takes it."""

    def behave(_request: Received, line: Line) -> None:
        line.send(_head(200, headers or {}))
        while True:
            line.send(b"x" * 65536)

    return behave


def endless_interim() -> Behaviour:
    """`100 Continue` for ever."""

    def behave(_request: Received, line: Line) -> None:
        while True:
            line.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    return behave


def drip(before: bytes, drop: bytes = b"x", every_s: float = 0.02) -> Behaviour:
    """`before` at once, then one drop after the other."""

    def behave(_request: Received, line: Line) -> None:
        line.send(before)
        while not line.pause(every_s):
            line.send(drop)

    return behave


def drip_head() -> Behaviour:
    return drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")


def drip_body() -> Behaviour:
    return drip(_head(200, {"Content-Length": "1000000"}))


def hang() -> Behaviour:
    """Takes the request and says nothing."""
    return lambda _request, line: None if line.pause(60) else line.send(b"")


def gzip_bomb(size_bytes: int) -> Behaviour:
    """`size_bytes` of zeros, about a thousandth of that on the wire."""
    packed = gzip.compress(bytes(size_bytes))
    return answer(200, packed, {"Content-Encoding": "gzip"})


class Receiver:
    """A server for one behaviour: `with Receiver(answer()) as receiver: … receiver.url, receiver.requests`."""

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.sent_bytes = 0
        self._behaviour = behaviour
        self._tls = tls
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _start(self, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = _read(connection)
            self.requests.append(request)
            self._behaviour(request, Line(lambda data: self._send(connection, data), self._stopped.wait))
        except (OSError, ValueError, KeyError):
            return  # the other side left, or was not allowed to talk
        finally:
            connection.close()

    def _send(self, connection: socket.socket, data: bytes) -> None:
        if self._stopped.is_set():
            raise ConnectionAbortedError
        connection.sendall(data)
        self.sent_bytes += len(data)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _read(connection: socket.socket) -> Received:
    read = _some(connection)
    if not read[:1].isalpha():
        raise ValueError("not HTTP")
    while b"\r\n\r\n" not in read and len(read) < MAX_REQUEST_BYTES:
        read += _some(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = _headers(lines)
    while len(body) < int(headers.get("content-length", "0")):
        body += _some(connection)
    return Received(method, target, headers, body)


def _headers(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in lines)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionAbortedError
    return data
