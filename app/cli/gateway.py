"""The gateway's processes: `python -m app.cli.gateway HOST PORT PROCESSES`.

Each listens on a socket of its own (SO_REUSEPORT), and the kernel deals connections out among them. On one shared
socket the process that happens to be awake takes all that come at once, and keeps them.
"""

import socket
import sys

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

from app.cli.roles import DRAIN_S

BACKLOG = 2048
HEALTHCHECK_S = 30


class Gateway(Multiprocess):
    """uvicorn's supervisor, but for the sockets."""

    def init_processes(self) -> None:
        self.processes = [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set() or process.is_alive(timeout=HEALTHCHECK_S):
                continue
            process.kill()
            process.join()
            if process.exitcode == STARTUP_FAILURE:  # it would fail the same way again
                self.should_exit.set()
                return
            self.processes[index] = self._started()

    def _started(self) -> Process:
        """A process with a socket that nobody else holds: it must end with the process."""
        listener = bound(self.config.host, self.config.port)
        process = Process(self.config, [listener])
        process.start()
        listener.close()
        return process


def bound(host: str, port: int, *, is_shared: bool = True) -> socket.socket:
    """A bound socket that other processes may share the port with. Raises OSError when another program has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    made.set_inheritable(True)
    return made


def main(host: str, port: int, processes: int) -> int:
    config = uvicorn.Config(
        "app.main:create_app", factory=True, host=host, port=port, workers=processes, backlog=BACKLOG, ws="none",
        access_log=False, log_level="warning", server_header=False, timeout_graceful_shutdown=DRAIN_S,
    )  # fmt: skip
    try:
        bound(host, port, is_shared=False).close()  # sharing would hide that another server has the port
    except OSError as error:
        print(f"[Errno {error.errno}] {host}:{port}: {error.strerror}", file=sys.stderr)
        return 1
    if processes == 1:
        uvicorn.Server(config).run()
        return 0
    Gateway(config, []).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
