"""The network backend under httpcore: dials the address that was checked, and keeps every step within one deadline."""

import socket
import ssl
import time
from collections.abc import Iterable

import httpcore

from app.infra.egress.names import Gate
from app.infra.egress.urls import Refused

MAX_HEAD_BYTES = 128 * 1024
PIECE_BYTES = 64 * 1024


class Budget:
    """What one exchange may cost: wall time until `ends_s` (monotonic), and bytes until the answer's head is in."""

    def __init__(self, ends_s: float) -> None:
        self._ends_s = ends_s
        self._head_bytes: int | None = MAX_HEAD_BYTES

    def left_s(self, at_most_s: float | None = None) -> float:
        """Seconds for the next step. Raises TimeoutError when there are none."""
        left_s = self._ends_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s if at_most_s is None else min(left_s, at_most_s)

    def received(self, size_bytes: int) -> None:
        """Interim answers (1xx) may come without end, each of them short."""
        if self._head_bytes is not None:
            self._head_bytes -= size_bytes
            if self._head_bytes < 0:
                raise httpcore.RemoteProtocolError("endless headers")

    def head_is_in(self) -> None:
        self._head_bytes = None


class Dialler(httpcore.NetworkBackend):
    """Resolves once, checks every address, dials only what was checked; TLS still verifies the original name."""

    def __init__(self, gate: Gate, budget: Budget) -> None:
        self._gate = gate
        self._budget = budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - httpcore's interface
    ) -> httpcore.NetworkStream:
        try:
            budget = Budget(time.monotonic() + self._budget.left_s(timeout))
            addresses = self._gate.addresses(host, port, budget.left_s())
            return _Stream(_connect(addresses, port, budget), self._budget)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

    def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - httpcore's interface
        timeout: float | None = None,  # noqa: ARG002 - httpcore's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - httpcore's interface
    ) -> httpcore.NetworkStream:
        raise Refused("Unix sockets are not dialled")


def _connect(addresses: Iterable[str], port: int, budget: Budget) -> socket.socket:
    """The first address that answers; each gets an equal share of the time that is left."""
    waiting = list(addresses)
    while True:
        address = waiting.pop(0)
        try:
            connected = socket.create_connection((address, port), budget.left_s() / (len(waiting) + 1))
        except OSError:
            if not waiting:
                raise
        else:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connected


class _Stream(httpcore.NetworkStream):
    """A socket whose every step ends with the budget, however slowly the other side feeds or drains it."""

    def __init__(self, connected: socket.socket, budget: Budget) -> None:
        self._socket = connected
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._budget.left_s(timeout))
            data = self._socket.recv(min(max_bytes, PIECE_BYTES))
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._budget.received(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        unsent = memoryview(buffer)
        try:
            while unsent:
                self._socket.settimeout(self._budget.left_s(timeout))
                unsent = unsent[self._socket.send(unsent) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            self._socket.settimeout(self._budget.left_s(timeout))
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._budget)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(str(error)) from error
        except ssl.SSLCertVerificationError as error:
            self.close()
            msg = f"certificate: {error.verify_message}"
            raise Refused(msg) from error
        except (OSError, ValueError) as error:  # ValueError: a host name TLS cannot carry
            self.close()
            raise httpcore.ConnectError(str(error)) from error
