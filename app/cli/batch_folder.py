"""The output folder of a batch: held by one batch at a time, and never showing half a file.

Everything is made in a hidden work folder beside the outputs and renamed when it is whole. A journal names what is
just being renamed, so that the next batch can clear away what a killed one left.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from app.cli import lock
from app.cli.batch_files import Input, folded
from app.cli.batch_report import FILE_NAME, Report

WORK = ".woodshed-work"
JOURNAL = "publishing.json"


class Refused(Exception):
    """An output cannot go where it belongs; the text says why."""


class OutputFolder:
    """`work` is where outputs are made, `report` tells what became of every input."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path / WORK
        self._journal = self.work / JOURNAL
        self._clear_leftovers()
        self.report = Report(path)
        self._inputs: set[str] = set()

    def protect(self, inputs: Iterable[Path]) -> None:
        """Never replace these (resolved paths)."""
        self._inputs = {folded(str(path)) for path in inputs}

    def publish(self, source: Input, made: Mapping[str, Path], *, force: bool) -> dict[str, str]:
        """Move outputs (name → file in the work folder) to their places; returns name → path below this folder.

        Until `settled` is called, a death takes them away again. Raises Refused and OSError.
        """
        places = self._places(source, {name: path.suffix for name, path in made.items()}, force=force)
        self._journal.write_text(json.dumps(list(places.values())), encoding="utf-8")
        _sync(self._journal)
        try:
            for name, path in made.items():
                target = self.path / places[name]
                target.parent.mkdir(parents=True, exist_ok=True)
                _sync(path)
                path.replace(target)
                _sync(target.parent)
        except OSError:
            self._take_back()
            raise
        return places

    def settled(self) -> None:
        """The report tells of what was published."""
        self._journal.unlink(missing_ok=True)

    def _places(self, source: Input, suffixes: Mapping[str, str], *, force: bool) -> dict[str, str]:
        """`song.flac`, `song.vocals.flac` for an output with a name; `song.wav.flac` where an input is in the way."""
        for stem in (source.stem, source.name):
            places = {
                name: f"{stem}{suffix}" if name == "output" else f"{stem}.{name}{suffix}"
                for name, suffix in suffixes.items()
            }
            if not any(folded(str(self.path / place)) in self._inputs for place in places.values()):
                break
        else:
            msg = f"{PurePosixPath(next(iter(places.values()))).name} would replace an input"
            raise Refused(msg)
        for place in () if force else places.values():
            owner = self.report.owner(place)
            if owner != str(source.path) and (self.path / place).exists():
                whose = "was not made by woodshed" if owner is None else f"was made from {owner}"
                msg = f"{place} exists in the output folder and {whose}; --force replaces it"
                raise Refused(msg)
        return places

    def _take_back(self) -> None:
        """Remove what was renamed, or half of it, and never reported."""
        with contextlib.suppress(OSError, ValueError):
            for place in json.loads(self._journal.read_text(encoding="utf-8")):
                (self.path / str(place)).unlink(missing_ok=True)

    def _clear_leftovers(self) -> None:
        self._take_back()
        shutil.rmtree(self.work, ignore_errors=True)
        (self.work / "tmp").mkdir(parents=True)


@contextmanager
def held(path: Path) -> Iterator[OutputFolder]:
    """Make the folder if need be and keep other batches out. Raises lock.Held and OSError."""
    path.mkdir(parents=True, exist_ok=True)
    path = path.resolve()
    report = path / FILE_NAME
    report.touch()
    with lock.locked(report, wait_s=0):
        folder = OutputFolder(path)
        try:
            yield folder
        finally:
            shutil.rmtree(folder.work, ignore_errors=True)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
