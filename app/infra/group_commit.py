"""Group commit for SQLite: transactions that come at the same time share one write to disk.

A commit that survives a power cut costs a disk flush of some milliseconds, and SQLite takes one writer at a time. So
threads take turns inside one open transaction, each in a savepoint of its own; the last one in the queue commits for
all, and nobody goes on before that. PostgreSQL does the same by itself.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

MOST = 64  # members of a group, so that the first does not wait for ever


@dataclass(slots=True)
class _Group:
    connection: Connection
    members: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class GroupCommit:
    """`with transaction() as session:` as usual; not to be nested within a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = threading.Lock()
        self._count = threading.Lock()
        self._queue = 0
        self._group: _Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._count:
            self._queue += 1
        with self._turn:
            with self._count:
                self._queue -= 1
            group = self._group = self._group or _Group(self._open())
            try:
                with Session(
                    group.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
                ) as session:
                    with session.begin():
                        yield session
                    group.members += 1
            finally:
                if self._queue == 0 or group.members >= MOST:
                    self._group = None
                    self._close(group)
        group.ended.wait()
        if group.error is not None:
            raise group.error

    def _open(self) -> Connection:
        connection = self._engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _close(group: _Group) -> None:
        """Commit for all members; each learns of a failure."""
        try:
            transaction = group.connection.get_transaction()
            if transaction is not None:
                transaction.commit()
        except BaseException as error:  # noqa: BLE001 - raised again in every member
            group.error = error
        finally:
            group.connection.close()
            group.ended.set()
