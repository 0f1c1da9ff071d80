"""Fixtures for all tests. Postgres comes from the wheel or from PATH; nothing here needs the internet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.infra.db import Database
from app.jobs.schema import upgrade
from tests.support.clock import FakeClock
from tests.support.gateway import Gateway, open_gateway
from tests.support.postgres import postgres_url

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in a worker; read when numpy is loaded
# Settings of the machine the tests run on must not reach them.
for name in [name for name in os.environ if name.startswith("WOODSHED_") or name == "REDIS_URL"]:
    del os.environ[name]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres_url(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[Database]:
    db = Database(postgres)
    upgrade(db)
    yield db
    db.close()


@pytest.fixture(params=["sqlite", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'test.db'}")
        upgrade(database)
        yield database
        database.close()
        return
    database = request.getfixturevalue("migrated_postgres")
    with database.transaction() as session:
        names = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != 'alembic_version'")
        ).all()
        session.execute(text(f"TRUNCATE {', '.join(names)} CASCADE"))
    yield database


@pytest.fixture
def gateway(tmp_path: Path, clock: FakeClock) -> Iterator[Gateway]:
    """API and worker in this process, on SQLite and a folder."""
    opened = open_gateway(tmp_path, clock)
    yield opened
    opened.services.db.close()
