"""Group commit: who is told that a transaction is committed finds it committed, whatever happens to the others."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.infra.db import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT)"))
    yield database
    database.close()


def add(db: Database, name: str, size: int = 1, pause: threading.Event | None = None) -> None:
    with db.transaction() as session:
        session.execute(text("INSERT INTO t VALUES (:a, :b)"), {"a": name, "b": "x" * size})
        if pause is not None:
            pause.wait(10)


def names(db: Database) -> set[str]:
    with db.read() as session:
        return set(session.scalars(text("SELECT a FROM t")))


def in_threads(*calls: object) -> dict[int, BaseException]:
    """Run all at once; number → what it raised."""
    raised: dict[int, BaseException] = {}

    def run(number: int, call: object) -> None:
        try:
            call()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - whatever it was
            raised[number] = error

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return raised


def queued(db: Database, count: int) -> None:
    """Until `count` threads wait for their turn."""
    group = db._transaction.__self__  # type: ignore[attr-defined]
    ends_s = time.monotonic() + 10
    while group._queue < count:
        assert time.monotonic() < ends_s
        time.sleep(0.001)


def test_many_at_once_are_all_there(db: Database) -> None:
    raised = in_threads(*(lambda n=n: add(db, f"{n}") for n in range(200)))

    assert raised == {}
    assert len(names(db)) == 200


def test_they_share_commits(db: Database) -> None:
    commits: list[int] = []
    pause = threading.Event()
    from sqlalchemy import event

    event.listen(db.engine, "commit", lambda _connection: commits.append(1))

    def let_them_queue() -> None:
        queued(db, 9)
        pause.set()

    in_threads(lambda: add(db, "first", pause=pause), *(lambda n=n: add(db, f"{n}") for n in range(9)), let_them_queue)

    assert len(names(db)) == 10
    assert len(commits) < 5


def test_who_fails_takes_nobody_along(db: Database) -> None:
    add(db, "taken")

    raised = in_threads(*(lambda n=n: add(db, "taken" if n % 3 == 0 else f"{n}") for n in range(30)))

    assert set(raised) == {n for n in range(30) if n % 3 == 0}
    assert names(db) == {"taken", *(f"{n}" for n in range(30) if n % 3)}


def test_a_full_disk_is_told_to_everybody_whose_work_is_lost(db: Database) -> None:
    """SQLite then rolls back the whole transaction, also what earlier members have done in it."""
    pause = threading.Event()
    with db.transaction() as session:
        pages = session.scalar(text("PRAGMA page_count"))

    def fill() -> None:
        with db.transaction() as session:
            session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
            session.execute(text("INSERT INTO t VALUES ('big', :b)"), {"b": "x" * 1_000_000})

    def let_them_queue() -> None:
        queued(db, 1)
        pause.set()

    raised = in_threads(
        lambda: add(db, "small", pause=pause), lambda: (queued(db, 0), time.sleep(0.05), fill()), let_them_queue
    )

    assert 1 in raised
    assert isinstance(raised[1], SQLAlchemyError)
    assert (0 in raised) == ("small" not in names(db))


def test_an_interrupted_wait_leaves_nothing_locked(db: Database) -> None:
    group = db._transaction.__self__  # type: ignore[attr-defined]

    class Interrupted:
        """A lock whose wait is ended by a time limit."""

        def acquire(self) -> None:
            raise TimeoutError

    turn, group._turn = group._turn, Interrupted()
    with pytest.raises(TimeoutError), db.transaction():
        pass
    group._turn = turn

    add(db, "after")

    assert names(db) == {"after"}
    assert group._queue == 0
