"""`woodshed-report.jsonl`: one JSON object per file that a batch worked on, and what a later batch reads from it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

FILE_NAME = "woodshed-report.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file and what became of it.

    input        name below the input folder; `source` is its whole path
    size_bytes, mtime_ns, fingerprint
                 tell whether the file, the endpoint or its options have changed since
    outputs      output name → path below the output folder
    seconds      time it took; `audio_s` is the length of the sound
    values       what was measured
    """

    input: str
    source: str
    status: Literal["ok", "failed", "skipped"]
    feature: str
    params: dict[str, Any]
    fingerprint: str
    size_bytes: int
    mtime_ns: int
    outputs: dict[str, str]
    error: str
    seconds: float
    audio_s: float | None
    engine: str
    values: dict[str, Any]
    ended_at: str

    @property
    def key(self) -> tuple[str, int, int, str]:
        return (self.input, self.size_bytes, self.mtime_ns, self.fingerprint)


class Report:
    """The report of one output folder. Only whoever holds the folder's lock may write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / FILE_NAME
        self._done: dict[tuple[str, int, int, str], Entry] = {}
        self._latest: dict[str, Entry] = {}  # by output path
        whole = 0
        for line in self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []:
            whole += len(line) if line.endswith(b"\n") else 0
            entry = _entry(line)
            if entry is not None:
                self._note(entry)
        if self._path.exists():
            os.truncate(self._path, whole)  # a line that was cut off when the power went

    @property
    def made(self) -> set[Path]:
        """Every output of every batch so far."""
        return {self._folder / path for path in self._latest}

    def owner(self, path: str) -> str | None:
        """The input that the output at `path` was made from last; None for a file that no batch made."""
        entry = self._latest.get(path)
        return None if entry is None else entry.source

    def is_done(self, key: tuple[str, int, int, str]) -> bool:
        """True when the same file went through the same endpoint with the same options, and its outputs are there."""
        entry = self._done.get(key)
        return entry is not None and all(
            self._latest[path] is entry and (self._folder / path).is_file() for path in entry.outputs.values()
        )

    def add(self, entry: Entry) -> None:
        """Append a line that is still there after a power cut."""
        with self._path.open("ab") as file:
            file.write(json.dumps(asdict(entry), default=str).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._note(entry)

    def _note(self, entry: Entry) -> None:
        if entry.status == "ok":
            self._done[entry.key] = entry
            self._latest |= dict.fromkeys(entry.outputs.values(), entry)


def _entry(line: bytes) -> Entry | None:
    """None for what is no line of ours."""
    try:
        entry = Entry(**json.loads(line))
        hash((entry.key, *entry.outputs.values()))
    except (ValueError, TypeError, AttributeError):
        return None
    return entry
