"""The sockets of the gateway's processes: shared among them, and with nobody else."""

import pickle
import socket

import pytest

from app.cli.gateway import OwnListener, main
from tests.support.cluster import free_port


def test_processes_of_ours_share_a_port_and_connections_reach_them_all() -> None:
    port = free_port()
    first = OwnListener("127.0.0.1", port)
    listeners = [first, pickle.loads(pickle.dumps(first))]
    for listener in listeners:
        listener.listen(64)
        listener.settimeout(0)
    callers = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]

    reached = []
    for listener in listeners:
        count = 0
        while True:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                break
            count += 1
        reached.append(count)
    for open_socket in (*callers, *listeners):
        open_socket.close()

    assert sum(reached) == 40
    assert min(reached) > 5


def test_a_port_that_another_program_has_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert main("127.0.0.1", port, 2) == 1

    assert f"127.0.0.1:{port}: Address already in use" in capsys.readouterr().err


def test_an_address_of_another_machine_cannot_be_bound() -> None:
    with pytest.raises(OSError, match="assign"):
        OwnListener("192.0.2.1", free_port())
