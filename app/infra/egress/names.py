"""From a host name to addresses that may be dialled: resolved once, in bounded time, every address checked."""

import queue
import socket
from collections.abc import Callable, Iterable, Sequence
from threading import Thread

import httpcore

from app.infra.egress.addresses import Address, may_dial, parse_address
from app.infra.egress.urls import Refused
from app.settings import EgressSettings

Resolve = Callable[[str], Sequence[str]]
"""Host name or literal → address literals. Raises OSError (socket.gaierror) or UnicodeError when there are none."""


def system_resolve(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Gate:
    """Decides which addresses a host name stands for, and whether they may be dialled."""

    def __init__(self, settings: EgressSettings, resolve: Resolve, own_addresses: Iterable[tuple[str, int]]) -> None:
        self._settings = settings
        self._resolve = resolve
        self._own = [(_own_host(host, resolve), port) for host, port in own_addresses]

    def addresses(self, host: str, port: int, timeout_s: float) -> Sequence[str]:
        """Address literals to dial. One address that is not allowed spoils the name.

        Raises Refused, and ConnectTimeout or ConnectError when the name server gave no answer.
        """
        found = resolve_within(self._resolve, host, timeout_s)
        if not found:
            raise Refused("name has no address")
        for literal in found:
            address = parse_address(literal)
            if not may_dial(address, port, self._settings):
                msg = f"address {address} port {port} is not allowed"
                raise Refused(msg)
            if any(port == own_port and _is_own(address, hosts) for hosts, own_port in self._own):
                raise Refused("the server's own address")
        return found


def resolve_within(resolve: Resolve, host: str, timeout_s: float) -> Sequence[str]:
    """The look-up in its own thread: getaddrinfo knows no time limit, and the name server may be the caller's."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(resolve(host))
        except Exception as error:  # noqa: BLE001 - handed to the waiting thread
            answers.put(error)

    Thread(target=look_up, name="egress-resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise httpcore.ConnectTimeout("the name server did not answer in time") from None
    if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_AGAIN:
        raise httpcore.ConnectError("the name server failed") from answer
    if isinstance(answer, OSError | UnicodeError):
        raise Refused("name does not resolve") from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def _own_host(host: str, resolve: Resolve) -> frozenset[Address]:
    return frozenset(parse_address(literal) for literal in resolve(host or "0.0.0.0"))  # noqa: S104 - compared only


def _is_own(address: Address, hosts: frozenset[Address]) -> bool:
    """A server on 0.0.0.0 or :: listens on every address this machine has."""
    return address in hosts or (any(host.is_unspecified for host in hosts) and _is_here(address))


def _is_here(address: Address) -> bool:
    """Only an address of this machine can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IP version
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
