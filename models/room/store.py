"""Weights on disk: each content once, a folder of links per model, and a record that is written last.

    <root>/.blobs/<sha256>        contents
    <root>/.staging/              what is being pulled
    <root>/<model id>/<path>      hard links to blobs
    <root>/<model id>/.record     JSON: which files, from where, who accepted the licence

A model without its record is not there. The record also tells size, time and inode of every file, so that a look at
the folder is enough to see that nothing was touched since its hashes were checked.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from models.room.locks import Locked, held
from models.room.manifest import Manifest, WeightsFile

Progress = Callable[[int], None]
"""Called with a number of bytes that were just done."""
State = Literal["absent", "installed", "changed"]
BLOBS, STAGING, RECORD, LOCK = ".blobs", ".staging", ".record", ".lock"
CHUNK_BYTES = 1 << 20


class StoreError(Exception):
    """What could not be done to the weights, in words for the operator."""


class HashMismatch(StoreError):
    """A file is not what the manifest says."""


class InUse(StoreError):
    """A worker has the model open."""


@dataclass(frozen=True, slots=True)
class Stored:
    path: str
    sha256: str
    size_bytes: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Record:
    """How a model came here."""

    id: str
    files: tuple[Stored, ...]
    source: str
    revision: str = ""
    at: str = ""
    accepted_by: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


class Store:
    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, model_id: str) -> Path:
        return self.root / model_id

    def record(self, model_id: str) -> Record | None:
        """None where the model is not there, or its record cannot be read."""
        try:
            found = json.loads((self.folder(model_id) / RECORD).read_text(encoding="utf-8"))
            return Record(**{**found, "files": tuple(Stored(**one) for one in found["files"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def state(self, manifest: Manifest) -> State:
        """By a look at the folder, without hashing. `changed`: files are missing, altered or not the manifest's."""
        record = self.record(manifest.id)
        if record is None:
            return "absent"
        by_path = {stored.path: stored for stored in record.files}
        for wanted in manifest.files:
            stored = by_path.get(wanted.path)
            if stored is None or not stored.sha256.startswith(wanted.sha256):
                return "changed"
            if not _is_untouched(self.folder(manifest.id) / stored.path, stored):
                return "changed"
        return "installed"

    def verify(self, manifest: Manifest, progress: Progress = lambda _bytes: None) -> list[str]:
        """Hash every file again. Returns what is wrong, a line each."""
        record = self.record(manifest.id)
        if record is None:
            return [f"{manifest.id} is not installed"]
        wrong = []
        known = {stored.path: stored.sha256 for stored in record.files}
        for wanted in manifest.files:
            path = self.folder(manifest.id) / wanted.path
            if not path.is_file():
                wrong.append(f"{wanted.path} is missing")
                continue
            found = sha256_of(path, progress)
            if found != known.get(wanted.path) or not found.startswith(wanted.sha256):
                wrong.append(f"{wanted.path} has changed")
        return wrong

    def check_before_loading(self, manifest: Manifest) -> None:
        """Raise StoreError unless the files are those that were verified. What runs code when read is always hashed."""
        state = self.state(manifest)
        if state == "absent":
            message = f"{manifest.id} is not installed"
            raise StoreError(message)
        record = self.record(manifest.id)
        assert record is not None
        known = {stored.path: stored.sha256 for stored in record.files}
        for wanted in manifest.files:
            path = self.folder(manifest.id) / wanted.path
            if state == "installed" and not wanted.is_pickle:
                continue
            if not path.is_file() or sha256_of(path) != known.get(wanted.path):
                message = f"{manifest.id}: {wanted.path} is not the file that was verified"
                raise HashMismatch(message)

    @contextlib.contextmanager
    def staging(self, model_id: str) -> Iterator[Path]:
        """A folder to collect a model's files in, for one process at a time; it stays until the model is published."""
        folder = self.root / STAGING / model_id
        folder.mkdir(parents=True, exist_ok=True)
        with _held(self.root / STAGING / f"{model_id}{LOCK}", f"{model_id} is being pulled by another process"):
            yield folder

    def publish(self, manifest: Manifest, folder: Path, progress: Progress = lambda _bytes: None, **how: str) -> Record:
        """Take a complete folder of files: check sizes and hashes, move contents in, write the record last.

        `how`: source, revision, at, accepted_by. Raises HashMismatch and leaves what was there before untouched.
        """
        digests = {wanted.path: _checked(folder / wanted.path, wanted, progress) for wanted in manifest.files}
        target = self.folder(manifest.id)
        with self.alone(manifest.id):
            (target / RECORD).unlink(missing_ok=True)
            stored = tuple(self._take(folder / path, digest, target / path, path) for path, digest in digests.items())
            record = Record(manifest.id, stored, **how)  # type: ignore[arg-type]  # texts all
            write_whole(target / RECORD, json.dumps(asdict(record), indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        return record

    def _take(self, source: Path, digest: str, target: Path, path: str) -> Stored:
        blob = self.root / BLOBS / digest
        blob.parent.mkdir(parents=True, exist_ok=True)
        if blob.is_file() and blob.stat().st_size == source.stat().st_size:
            source.unlink()
        else:
            with source.open("rb") as file:
                os.fsync(file.fileno())
            source.replace(blob)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        os.link(blob, target)
        found = target.stat()
        return Stored(path, digest, found.st_size, found.st_mtime_ns, found.st_ino)

    @contextlib.contextmanager
    def in_use(self, model_id: str) -> Iterator[Path]:
        """Hold a model's files: they are not removed meanwhile. Any number of processes may."""
        with _held(self.folder(model_id) / LOCK, f"{model_id} is being changed", alone=False):
            yield self.folder(model_id)

    @contextlib.contextmanager
    def alone(self, model_id: str) -> Iterator[None]:
        """Hold a model's files for a change. Raises InUse while a worker has them open."""
        with _held(self.folder(model_id) / LOCK, f"{model_id} is in use"):
            yield

    def remove(self, model_id: str) -> None:
        """Drop a model's links; contents stay until `gc`. Raises InUse."""
        if not self.folder(model_id).is_dir():
            return
        with self.alone(model_id):
            (self.folder(model_id) / RECORD).unlink(missing_ok=True)
            shutil.rmtree(self.folder(model_id))

    def gc(self) -> int:
        """Delete contents that no model links to, and abandoned pulls. Returns the bytes that became free."""
        free = 0
        for blob in (self.root / BLOBS).glob("*"):
            if blob.stat().st_nlink == 1:
                free += blob.stat().st_size
                blob.unlink()
        for folder in (path for path in (self.root / STAGING).glob("*") if path.is_dir()):
            try:
                with self.staging(folder.name):
                    free += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
                    shutil.rmtree(folder)
            except InUse:
                continue
        return free

    def used_bytes(self) -> int:
        """Disk space of all contents, each counted once."""
        return sum(blob.stat().st_size for blob in (self.root / BLOBS).glob("*"))


def sha256_of(path: Path, progress: Progress = lambda _bytes: None) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            progress(len(chunk))
    return digest.hexdigest()


def _checked(path: Path, wanted: WeightsFile, progress: Progress) -> str:
    """The hash of a file that is what the manifest says."""
    if not path.is_file():
        message = f"{wanted.path} is missing"
        raise StoreError(message)
    size = path.stat().st_size
    if wanted.size_bytes and size != wanted.size_bytes:
        message = f"{wanted.path} has {size} bytes instead of {wanted.size_bytes}"
        raise HashMismatch(message)
    found = sha256_of(path, progress)
    if not found.startswith(wanted.sha256):
        message = f"{wanted.path} is not the file that was asked for (sha256 {found[:8]}…, not {wanted.sha256[:8]}…)"
        raise HashMismatch(message)
    return found


def _is_untouched(path: Path, stored: Stored) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns, found.st_ino) == (stored.size_bytes, stored.mtime_ns, stored.inode)


@contextlib.contextmanager
def _held(path: Path, otherwise: str, *, alone: bool = True) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(path, alone=alone))
        except Locked:
            raise InUse(otherwise) from None
        yield


def write_whole(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
