"""`woodshed models doctor`: does every engine run here?"""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from typing import IO, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from app.cli.engine_room import one_of, open_engines
from app.cli.roles import role_environment
from app.cli.terminal import DataDir, out, settings_for
from app.settings import Settings

CHECKUP = (sys.executable, "-P", "-m", "models.room.checkup")
SILENCE_S = 600.0  # the first load of a large model from a slow disk, and a second of sound on a slow machine
NOTHING = {"tasks": [], "files": "", "packages": {}, "device": "", "memory": "", "run_s": 0.0}
STYLES = {"works": "green", "skipped": "dim", "broken": "red"}


def doctor(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Try every engine with a second of sound: packages, memory, files, and what comes out.

    Exit code 1 when one does not run that should: those that are built in, installed or pinned.
    """
    settings = settings_for(data_dir)
    with open_engines(data_dir) as engines:
        manifests = [one_of(engines, model_id) for model_id in ids or engines.manifests]
    found = list(check_all(settings, [manifest.id for manifest in manifests]))
    is_good = all(one["state"] != "broken" for one in found)
    if as_json:
        print(json.dumps({"ok": is_good, "engines": found}, indent=2))
    else:
        out.print(_table(found))
    if not is_good:
        raise typer.Exit(1)


def check_all(settings: Settings, ids: Sequence[str], command: Sequence[str] = CHECKUP) -> Iterator[dict[str, Any]]:
    """What `models.room.checkup` says of each. One that takes its process down is broken, and the others go on."""
    waiting = list(ids)
    pinned = json.dumps(settings.engines.pinned)
    while waiting:
        with (
            tempfile.TemporaryFile("w+") as said,
            subprocess.Popen(  # noqa: S603 - our own interpreter
                [*command, str(settings.weights_dir), pinned, *waiting],
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env=role_environment(settings),
            ) as process,
        ):
            while waiting and (line := _line(process)):
                yield json.loads(line)
                waiting.pop(0)
            process.kill()
            code = process.wait()
            if waiting:
                yield {**NOTHING, "id": waiting.pop(0), "state": "broken", "text": _death(code, said)}


def _line(process: subprocess.Popen[str]) -> str:
    """The next line, or nothing when the process has ended or says nothing for too long."""
    assert process.stdout is not None
    alarm = threading.Timer(SILENCE_S, process.kill)
    alarm.start()
    try:
        return process.stdout.readline()
    finally:
        alarm.cancel()


def _death(code: int, said: IO[str]) -> str:
    said.seek(0)
    lines = said.read().strip().splitlines()
    how = f"by signal {-code}" if code < 0 else f"with the code {code}"
    return f"its process ended {how}" + (f": {lines[-1]}" if lines else "")


def _table(found: Sequence[dict[str, Any]]) -> Table:
    table = Table("engine", "", "files", "device", "memory", "packages", box=None, pad_edge=False)
    for one in found:
        state = Text(one["state"], STYLES[one["state"]])
        state.append(f" in {one['run_s']} s" if one["state"] == "works" else f": {one['text']}")
        packages = ", ".join(f"{name} {version or 'missing'}" for name, version in one["packages"].items())
        table.add_row(one["id"], state, *(one[name] for name in ("files", "device", "memory")), packages)
    return table
