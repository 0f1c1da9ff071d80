"""The roles of a server: their commands and their environment, as containers and `serve` start them."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.cli.machine import cores, memory
from app.cli.processes import Role
from app.contract.enums import Lane
from app.settings import Settings

IO_THREADS = 16  # webhooks and housekeeping wait more than they work
DRAIN_S = 10
API_PROCESSES = 2
KIB = 1024
LEAST_KEPT_BYTES = 1536 * KIB * KIB  # as in the other lanes
# Loaded before Celery puts the current folder first on the path: an `app` or `workers` there is not ours.
GATEWAY = (
    "import sys; from app.cli import gateway; sys.exit(gateway.main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))"
)
CELERY = "import workers.celery_app; from celery.__main__ import main; main()"

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


@dataclass(frozen=True, slots=True)
class Site:
    """What was asked for."""

    settings: Settings
    host: str
    port: int
    log_level: LogLevel | None
    allow_loopback: bool

    @property
    def url(self) -> str:
        """Where a caller on this machine finds the server."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"http://[{shown}]:{self.port}" if ":" in shown else f"http://{shown}:{self.port}"

    @property
    def roles(self) -> list[Role]:
        """All but the broker, which they need."""
        environment = self.environment
        quiet = environment
        if "WOODSHED_LOG_LEVEL" not in environment and "log_level" not in self.settings.model_fields_set:
            quiet = environment | {"WOODSHED_LOG_LEVEL": "WARNING"}
        workers = [Role(lane.value, worker_command([lane]), quiet) for lane in Lane]
        api = Role("api", api_command(self.host, self.port), environment)
        return [api, *workers, Role("beat", beat_command(), quiet)]

    @property
    def environment(self) -> dict[str, str]:
        folder = self.settings.data_dir.resolve()
        fixed = {
            "WOODSHED_DATA_DIR": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "REDIS_URL": self.settings.broker_url,  # the socket's path may depend on our own TMPDIR
        }
        if self.allow_loopback:
            fixed["WOODSHED_EGRESS__ALLOW_LOOPBACK"] = "true"
        if self.log_level is not None:
            fixed["WOODSHED_LOG_LEVEL"] = self.log_level
        return role_environment(self.settings) | fixed


def api_command(host: str, port: int, processes: int | None = None) -> tuple[str, ...]:
    """The gateway. Without `processes`: two, where there are cores for them."""
    count = str(processes or min(API_PROCESSES, cores()))
    return (sys.executable, "-P", "-c", GATEWAY, host, str(port), count)


def worker_command(lanes: Sequence[Lane], concurrency: int | None = None) -> tuple[str, ...]:
    """One Celery worker. The io lane alone waits in threads; sound needs processes, which can be timed out and killed.

    Without `concurrency`: 16 threads for io, one process for gpu, one per core for cpu.
    """
    pool = "threads" if set(lanes) == {Lane.IO} else "prefork"
    usual = {"threads": IO_THREADS}.get(pool) or (1 if set(lanes) == {Lane.GPU} else cores())
    return (
        *_celery("worker"),
        "--queues", ",".join(lanes), "--hostname", f"{'-'.join(lanes)}@%h",
        "--pool", pool, "--concurrency", str(concurrency or usual),
        # Workers here need not know of each other; asking around costs a second at every start.
        "--without-gossip", "--without-mingle", "--without-heartbeat",
        *(_keeping_models() if Lane.GPU in lanes else ()),
    )  # fmt: skip


def _keeping_models() -> tuple[str, str]:
    """A process that is replaced drops its models: where large ones are loaded, half of the memory is not too much."""
    return "--max-memory-per-child", str(max(memory().total_bytes // 2, LEAST_KEPT_BYTES) // KIB)


def beat_command() -> tuple[str, ...]:
    return _celery("beat")


def role_environment(settings: Settings) -> dict[str, str]:
    """What every role needs, below what the operator has set in the environment."""
    defaults = {
        "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads cost half as much again when cores are contended
        "OPENBLAS_NUM_THREADS": "1",  # two threads for small matrices took 25 times the CPU on contended cores
        "NUMBA_CACHE_DIR": str(settings.data_dir.resolve() / "numba"),
        "REMAP_SIGTERM": "SIGQUIT",  # Celery: hand back what runs instead of waiting for it
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | os.environ


def _celery(role: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-c", CELERY, "--quiet", "--app", "workers.celery_app", role)
