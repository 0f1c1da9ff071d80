"""What a person sees of a running batch: a bar on a terminal, a line per file elsewhere."""

from pathlib import PurePosixPath
from typing import Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from app.cli.batch_report import Entry
from app.cli.terminal import err, say

MAX_NAME_CHARS = 40


class Shown(Protocol):
    def moved(self, number: int, name: str, fraction: float) -> None: ...

    def ended(self, number: int, entry: Entry) -> None: ...

    def close(self) -> None: ...


def shown(total: int) -> Shown:
    return Bar(total) if err.is_terminal else Lines(total)


class Lines:
    """`[3/10] ok sub/song.wav → sub/song.flac (1.2 s)`"""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def moved(self, number: int, name: str, fraction: float) -> None: ...

    def ended(self, number: int, entry: Entry) -> None:  # noqa: ARG002 - lines come in the order of their ends
        self._done += 1
        say(f"[{self._done}/{self._total}] {line_of(entry)}")

    def close(self) -> None: ...


class Bar:
    """One bar over all files, moved by parts of files too; what went wrong stays above it."""

    def __init__(self, total: int) -> None:
        self._running: dict[int, float] = {}
        self._done = 0
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(compact=True), console=err,
        )  # fmt: skip
        self._bar = self._progress.add_task("", total=total)
        self._progress.start()

    def moved(self, number: int, name: str, fraction: float) -> None:
        self._running[number] = fraction
        self._draw(name)

    def ended(self, number: int, entry: Entry) -> None:
        self._running.pop(number, None)
        self._done += 1
        if entry.status != "ok":
            say(line_of(entry))
        self._draw(entry.input)

    def close(self) -> None:
        self._progress.stop()

    def _draw(self, name: str) -> None:
        short = printable(PurePosixPath(name).name)
        short = short if len(short) <= MAX_NAME_CHARS else f"{short[: MAX_NAME_CHARS - 1]}…"
        completed = self._done + sum(self._running.values())
        self._progress.update(self._bar, completed=completed, description=Text(short).markup)


def line_of(entry: Entry) -> str:
    name = printable(entry.input)
    if entry.status == "ok":
        return f"ok {name} → {', '.join(map(printable, entry.outputs.values()))} ({entry.seconds:.1f} s)"
    return f"{entry.status} {name}: {entry.error}"


def printable(name: str) -> str:
    """A file name that cannot steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in name)
