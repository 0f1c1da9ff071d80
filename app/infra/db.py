"""The database: SQLite (WAL) on one machine, PostgreSQL in a cluster. The only place that commits."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, Engine, create_engine, event, text
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from app.infra.group_commit import GroupCommit
from app.infra.turns import Turns

BUSY_TIMEOUT_MS = 15_000
CHECKPOINT_PAGES = 8_000  # of 4 KiB; each checkpoint holds up who commits just then


class Utc(TypeDecorator[datetime]):
    """An aware UTC time. SQLite has no zones, so they are dropped on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """Sessions on one engine. `transaction()` writes and commits at its end, `read()` never does."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        # Errors show no parameters: they hold callers' texts and the secrets in their links.
        options: dict[str, Any] = {"pool_pre_ping": not self.is_sqlite, "hide_parameters": True}
        if not self.is_sqlite:
            options |= {"pool_size": pool_size, "max_overflow": pool_size}
        self.engine: Engine = create_engine(url, **options)
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._turns = Turns(Path(str(self.engine.url.database))) if self.is_sqlite else None
        self._transaction = sessions.begin if self._turns is None else GroupCommit(self.engine, self._turns).transaction

    def transaction(self) -> AbstractContextManager[Session]:
        """A session that is committed at the end of its `with` block, or rolled back by an exception."""
        return self._transaction()

    @contextmanager
    def read(self) -> Iterator[Session]:
        connection = self.engine.connect().execution_options(woodshed_read=True)
        with connection, Session(connection, expire_on_commit=False) as session:
            yield session

    def check(self) -> None:
        """Raise when the database cannot be reached."""
        with self.read() as session:  # asks for no lock
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        self.engine.dispose()
        if self._turns is not None:
            self._turns.close()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # an accepted job survives a power cut
        cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        # A writer takes its lock at once: upgrading a read lock later fails when another writer was faster.
        reading = connection.get_execution_options().get("woodshed_read", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
