"""Files: a local folder or an S3-type store behind one small interface.

Keys are made from our ids and fixed names only (`outputs/<task id>/<name>`); anything else is refused.
"""

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlparse

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.errors import NotFound, Unavailable
from app.settings import StorageSettings

KEY = re.compile(r"(inputs|outputs|checks|voices)/[0-9a-f-]{1,36}/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,120}")
CHUNK_BYTES = 256 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size_bytes: int
    modified: datetime


class Storage(Protocol):
    """`put` takes the file away from `path`; a reader never sees half of it.

    All raise Unavailable when an object store cannot be reached, and OSError when the disk fails.
    """

    def put(self, key: str, path: Path, content_type: str) -> None: ...

    def fetch(self, key: str, folder: Path) -> Path:
        """A local path to read from; it may lie outside `folder` and must not be written to. Raises NotFound."""
        ...

    def size(self, key: str) -> int | None: ...

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes `start` up to but without `end`, in chunks. Raises NotFound."""
        ...

    def delete(self, key: str) -> None: ...

    def entries(self, prefix: str) -> Iterator[Stored]: ...

    def check(self) -> None:
        """Raise Unavailable when files cannot be kept."""
        ...


def checked(key: str) -> str:
    if not KEY.fullmatch(key) or ".." in key:
        msg = f"not a storage key: {key!r}"
        raise ValueError(msg)
    return key


class LocalStorage:
    """Files below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        path = self.root / checked(key)
        if not path.resolve().is_relative_to(self.root):  # a symlink planted in the folder
            raise NotFound("No such file")
        return path

    def put(self, key: str, path: Path, content_type: str) -> None:  # noqa: ARG002 - a folder keeps no types
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        _flush(path)  # before its name: after a power cut a file is whole or not there
        try:
            path.replace(target)
        except OSError:  # another file system: copy beside the target, then rename
            part = target.with_name(f".{target.name}.{os.getpid()}.part")
            try:
                shutil.copyfile(path, part)
                _flush(part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            path.unlink()
        _flush(target.parent)

    def fetch(self, key: str, folder: Path) -> Path:  # noqa: ARG002 - no copy needed
        path = self._path(key)
        if not path.is_file():
            raise NotFound("No such file")
        return path

    def size(self, key: str) -> int | None:
        path = self._path(key)
        return path.stat().st_size if path.is_file() else None

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise NotFound("No such file") from None
        with file:
            file.seek(start)
            left = end - start
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # other files of the same task are still there, or it is gone already

    def entries(self, prefix: str) -> Iterator[Stored]:
        for path in sorted((self.root / prefix).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                stat = path.stat()
                yield Stored(
                    path.relative_to(self.root).as_posix(), stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)
                )

    def check(self) -> None:
        if not os.access(self.root, os.W_OK):
            raise Unavailable("The storage folder cannot be written")


def _flush(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class S3Storage:
    """Objects in one bucket of an S3-type store. Uploads are multipart and appear whole or not at all."""

    def __init__(self, settings: StorageSettings) -> None:
        self._prefix = settings.prefix.strip("/") + "/" if settings.prefix.strip("/") else ""
        options: dict[str, str] = {"region": settings.region, "virtual_hosted_style_request": "false"}
        if settings.endpoint_url:
            options["endpoint"] = settings.endpoint_url
        if settings.access_key_id.get_secret_value():
            options["access_key_id"] = settings.access_key_id.get_secret_value()
            options["secret_access_key"] = settings.secret_access_key.get_secret_value()
        plain = urlparse(settings.endpoint_url).scheme == "http"
        self._store = S3Store(
            settings.bucket,
            config=options,  # type: ignore[arg-type]  # the stub wants literal keys
            client_options={
                "allow_http": plain,
                "timeout": timedelta(minutes=10),
                "connect_timeout": timedelta(seconds=5),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=60)},
        )

    def _key(self, key: str) -> str:
        return self._prefix + checked(key)

    def put(self, key: str, path: Path, content_type: str) -> None:
        with _reaching(), path.open("rb") as file:
            obstore.put(self._store, self._key(key), file, attributes={"Content-Type": content_type})
        path.unlink()

    def fetch(self, key: str, folder: Path) -> Path:
        size = self.size(key)
        if size is None:
            raise NotFound("No such file")
        target = folder / key.replace("/", "_")
        with target.open("wb") as file:
            for chunk in self.read(key, 0, size):
                file.write(chunk)
        return target

    def size(self, key: str) -> int | None:
        try:
            with _reaching():
                return int(obstore.head(self._store, self._key(key))["size"])
        except NotFound:
            return None

    def read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if end <= start:
            return
        with _reaching():
            result = obstore.get(self._store, self._key(key), options={"range": (start, end)})
            for chunk in result.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def delete(self, key: str) -> None:
        with suppress(NotFound), _reaching():
            obstore.delete(self._store, self._key(key))

    def entries(self, prefix: str) -> Iterator[Stored]:
        with _reaching():
            for batch in obstore.list(self._store, prefix=self._prefix + prefix):
                for item in batch:
                    yield Stored(item["path"].removeprefix(self._prefix), item["size"], item["last_modified"])

    def check(self) -> None:
        self.size("checks/0/ready")


@contextmanager
def _reaching() -> Iterator[None]:
    """Raises NotFound for what is not there, Unavailable when the store does not do as it is told."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("No such file") from None
    except BaseError as error:
        log.warning("object_store_failed error=%s", type(error).__name__)
        raise Unavailable("The file store cannot be reached; try again in a moment") from error


def open_storage(settings: StorageSettings, data_dir: Path) -> Storage:
    return S3Storage(settings) if settings.kind == "s3" else LocalStorage(data_dir / "files")
