"""The gateway's processes: `woodshed api` runs `main(host, port, processes)` in a process of its own.

Each listens on a socket of its own (SO_REUSEPORT), and the kernel deals connections out among them. On one shared
socket the process that happens to be awake takes all that come at once, and keeps them.
"""

import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.cli.roles import DRAIN_S

BACKLOG = 2048
HEALTHCHECK_S = 30


class OwnListener(socket.socket):
    """Bound to an address that other processes may share. In a new process it is unpickled as one more, bound anew.

    Raises OSError when another program has the address, which `is_shared=False` finds out.
    """

    def __init__(self, host: str, port: int, *, is_shared: bool = True) -> None:
        super().__init__(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        self.address = (host, port)
        try:
            self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_shared:
                self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.bind(self.address)
        except OSError:
            self.close()
            raise

    def __reduce__(self) -> tuple[type["OwnListener"], tuple[str, int]]:
        return type(self), self.address


def main(host: str, port: int, processes: int) -> int:
    config = uvicorn.Config(
        "app.main:create_app", factory=True, host=host, port=port, workers=processes, backlog=BACKLOG, ws="none",
        access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=DRAIN_S,
        timeout_worker_healthcheck=HEALTHCHECK_S,
    )  # fmt: skip
    try:
        OwnListener(host, port, is_shared=False).close()  # sharing would hide that another server has the port
        listener = OwnListener(host, port)
    except OSError as error:
        print(f"[Errno {error.errno}] {host}:{port}: {error.strerror}", file=sys.stderr)
        return 1
    with listener:  # this process never listens: it keeps the port while one of the others is replaced
        if processes > 1:
            Multiprocess(config, [listener]).run()
        else:
            uvicorn.Server(config).run([listener])
    return 0
