"""Group commit for SQLite: transactions that come at the same time share one write to disk.

A commit that survives a power cut costs a disk flush of some milliseconds, and SQLite takes one writer at a time. So
threads take turns inside one open transaction, each in a savepoint of its own; the last one in the queue commits for
all, and nobody goes on before that. Processes take turns with their transactions. PostgreSQL does all this by itself.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.infra.turns import Turns

MOST = 64  # members of a group, so that the first does not wait for ever
TURN_S = 15.0
LOCKED = "database is locked by other processes"
LOST = "SQLite has rolled the whole transaction back"


@dataclass(slots=True)
class _Group:
    connection: Connection
    members: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    @property
    def is_open(self) -> bool:
        """SQLite rolls back all, savepoints and all, when the disk is full or fails, and tells only who ran into it."""
        driver = self.connection.connection.driver_connection
        return isinstance(driver, sqlite3.Connection) and driver.in_transaction


class GroupCommit:
    """`with transaction() as session:` as usual; not to be nested within a thread."""

    def __init__(self, engine: Engine, turns: Turns) -> None:
        self._engine = engine
        self._turns = turns
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._queue = 0
        self._group: _Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self._wait_for_turn()
        try:
            group = self._group = self._group or _Group(self._open())
            try:
                with Session(
                    group.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
                ) as session:
                    with session.begin():
                        yield session
                    group.members += 1
            finally:
                self._end_turn(group)
        finally:
            self._turn.release()
        group.ended.wait()
        if group.error is not None:
            raise group.error

    def _wait_for_turn(self) -> None:
        """Counted while it waits; an exception in between, such as a time limit, must not leave it counted."""
        with self._count:
            self._queue += 1
        try:
            self._turn.acquire()
        finally:
            with self._count:
                self._queue -= 1

    def _end_turn(self, group: _Group) -> None:
        if not group.is_open:
            group.error = OperationalError("COMMIT", None, sqlite3.OperationalError(LOST))
        if group.error is not None or self._queue == 0 or group.members >= MOST:
            self._group = None
            self._close(group)

    def _open(self) -> Connection:
        if not self._turns.take(TURN_S):
            raise OperationalError("BEGIN", None, sqlite3.OperationalError(LOCKED))
        try:
            connection = self._engine.connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        except BaseException:
            self._turns.give()
            raise
        return connection

    def _close(self, group: _Group) -> None:
        """Commit for all members; each learns of a failure."""
        try:
            transaction = group.connection.get_transaction()
            if transaction is not None and group.error is None:
                transaction.commit()
        except BaseException as error:  # noqa: BLE001 - raised again in every member
            group.error = error
        finally:
            group.connection.close()
            self._turns.give()
            group.ended.set()
