"""`woodshed api`, `worker`, `beat`: one role each, for containers."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app.cli.roles import api_command, beat_command, role_environment, worker_command
from app.cli.terminal import DataDir, fail, settings_for
from app.contract.enums import Lane

ALL_LANES = ",".join(Lane)


def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "0.0.0.0",  # noqa: S104 - a container's port is reached from outside it
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that answer. (default: 2, or 1 on a single core)")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the HTTP gateway alone."""
    _become(api_command(host, port, processes), data_dir)


def worker(
    lanes: Annotated[str, typer.Option(help="Lanes to serve, with commas between.")] = ALL_LANES,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Jobs at once. (default: 16 for io alone, 1 for gpu alone, else cores)")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run a worker alone."""
    _become(worker_command(lanes_of(lanes), concurrency), data_dir)


def beat(data_dir: DataDir = None) -> None:
    """Run the scheduler alone: lost jobs, due webhooks, old files."""
    _become(beat_command(), data_dir)


def lanes_of(text: str) -> list[Lane]:
    """`"io,cpu"` → lanes, each once, in the order of the enum."""
    names = {part.strip().lower() for part in text.split(",") if part.strip()}
    unknown = sorted(names - set(Lane))
    if unknown or not names:
        fail(f"--lanes takes {ALL_LANES}; not {', '.join(unknown) or 'nothing'}")
    return [lane for lane in Lane if lane in names]


def _become(command: tuple[str, ...], data_dir: Path | None) -> NoReturn:
    """Replace this process, so that signals and exit codes are the role's own."""
    settings = settings_for(data_dir)
    environment: Mapping[str, str] = role_environment(settings) | {
        "WOODSHED_DATA_DIR": str(settings.data_dir.resolve()),
    }
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter
