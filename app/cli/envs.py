"""`woodshed models envs`: environments of engines whose packages cannot live beside ours."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.cli.engine_room import open_engines
from app.cli.terminal import DataDir, out, say
from models.room.environments import LOCK_FILE, PROGRAM
from models.room.store import StoreError

envs = typer.Typer(no_args_is_help=True, help="Environments of engines whose packages cannot live beside ours.")

SHOWN_LINES = 3
Name = Annotated[str, typer.Argument(metavar="NAME", help="As manifests call it: `engine: isolated:NAME`.")]


@envs.command("build")
def build(
    name: Name,
    recipe: Annotated[
        Path, typer.Option("--from", exists=True, file_okay=False, help=f"Folder with {LOCK_FILE} and {PROGRAM}.")
    ],
    python: Annotated[str, typer.Option(help="Interpreter of the environment. (default: ours)")] = sys.executable,
    data_dir: DataDir = None,
) -> None:
    """Build an environment from exact versions with hashes. One of that name is replaced when the new one is whole."""
    with open_engines(data_dir) as engines:
        made = engines.environments.build(name, recipe, python=python, run=_run)
    say(f"{name} is built, with {len(made.packages)} packages")


@envs.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array, for programs.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the environments, and the models that run in them."""
    with open_engines(data_dir) as engines:
        built = engines.environments.all()
        users = {
            found.name: [manifest.id for manifest in engines.manifests.values() if manifest.environment == found.name]
            for found in built
        }
    if as_json:
        print(json.dumps([{**asdict(found), "models": users[found.name]} for found in built], indent=2))
        return
    table = Table("name", "models", "packages", "built", box=None, pad_edge=False)
    for found in built:
        table.add_row(found.name, ", ".join(users[found.name]), str(len(found.packages)), found.at)
    out.print(table)


@envs.command("remove")
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Remove an environment. Refused while a worker runs it."""
    with open_engines(data_dir) as engines:
        engines.environments.remove(name)
    say(f"{name} is removed")


def _run(command: Sequence[str]) -> None:
    """Raises StoreError with the last lines of what a failing program said."""
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - no shell
    except OSError as error:
        message = f"{command[0]} cannot be started: {error.strerror}"
        raise StoreError(message) from None
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        message = "The environment cannot be built: " + " / ".join(said[-SHOWN_LINES:])
        raise StoreError(message)
