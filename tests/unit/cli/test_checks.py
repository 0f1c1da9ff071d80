"""What `woodshed doctor` says of a machine, good and bad. It must look and change nothing."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import checks, lock, machine
from app.cli.checks import Finding, State
from app.cli.doctor import NOT_BUILT, look_at_endpoints
from app.features import ALL
from app.infra.db import Database
from app.jobs.schema import upgrade
from app.settings import Settings, StorageSettings
from models.catalogue import built_in
from tests.support.cluster import free_port


def settings(tmp_path: Path, **options: object) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data", **options)  # type: ignore[call-arg,arg-type]  # pydantic-settings' own


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_fresh_machine_is_good_and_stays_as_it_is(tmp_path: Path) -> None:
    found = list(checks.look(settings(tmp_path)))

    assert [finding for finding in found if finding.state is State.BROKEN] == []
    assert {finding.name for finding in found} >= {"python", "ffmpeg", "queue", "database", "storage", "disk", "gpu"}
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def used(tmp_path: Path) -> Settings:
    """A data folder that a server has left in order."""
    found = settings(tmp_path)
    (found.data_dir / "files").mkdir(parents=True)
    db = Database(found.resolved_database_url)
    upgrade(db)
    db.close()
    return found


def test_a_used_data_folder_is_good_and_stays_as_it_is(used: Settings) -> None:
    before = contents(used.data_dir)

    finding = checks.database(used)

    assert (finding.state, "schema 0003" in finding.text) == (State.OK, True)
    assert checks.storage(used) == Finding("storage", State.OK, str(used.data_dir.resolve() / "files"))
    assert contents(used.data_dir) == before


def test_a_database_in_use_is_read_too(used: Settings) -> None:
    db = Database(used.resolved_database_url)
    with db.read():
        assert checks.database(used).state is State.OK
    db.close()


def test_an_older_schema_is_noted(used: Settings) -> None:
    with sqlite3.connect(used.data_dir / "woodshed.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    connection.close()

    assert checks.database(used).state is State.NOTE


@pytest.mark.parametrize(
    "look",
    [
        lambda path: checks.database(_with_file(path, "woodshed.db")),
        lambda path: checks.database(settings(path, database_url="postgresql+psycopg://u:pw@127.0.0.1:1/w")),
        lambda path: checks.database(settings(path, database_url="nonsense")),
        lambda path: checks.queue(settings(path, redis_url=f"redis://127.0.0.1:{free_port()}/0")),
        lambda path: checks.queue(settings(path, redis_url="nonsense")),
        lambda path: checks.ffmpeg(settings(path, ffmpeg="/nowhere/ffmpeg")),
        lambda path: checks.ffmpeg(settings(path, ffmpeg="/bin/false")),
        lambda path: checks.storage(_with_file(path, "files")),
    ],
    ids=["no database", "no postgres", "no url", "no queue", "no queue url", "no ffmpeg", "false ffmpeg", "no folder"],
)
def test_what_is_broken_is_said_in_one_line_without_secrets(tmp_path: Path, look: Callable[[Path], Finding]) -> None:
    finding = look(tmp_path)

    assert finding.state is State.BROKEN
    assert finding.text
    assert "\n" not in finding.text
    assert "pw@" not in finding.text


def _with_file(path: Path, name: str) -> Settings:
    """A file of nonsense where something else belongs."""
    found = settings(path)
    found.data_dir.mkdir()
    (found.data_dir / name).write_text("no database" * 100)
    return found


def test_a_bucket_that_cannot_be_reached_is_broken(tmp_path: Path) -> None:
    storage = StorageSettings(kind="s3", bucket="", endpoint_url="")

    assert checks.storage(settings(tmp_path, storage=storage)).state is State.BROKEN


def test_a_server_that_runs_but_does_not_answer_is_broken(tmp_path: Path) -> None:
    found = settings(tmp_path)
    found.data_dir.mkdir()
    with lock.locked(found.data_dir / lock.FILE_NAME) as fd:
        lock.tell(fd, "")
        assert checks.server(found).state is State.NOTE
        lock.tell(fd, f"http://127.0.0.1:{free_port()}")
        assert checks.server(found).state is State.BROKEN
    assert checks.server(found).state is State.OK


def test_missing_packages_come_with_their_command() -> None:
    assert [finding.state for finding in checks.packages()] == [State.OK]
    assert checks.package_missing("basic-pitch").text.endswith("`pip install --no-deps basic-pitch==0.4.0` adds it")
    assert checks.package_missing("demucs").text.endswith("`pip install demucs` adds it")


def test_every_endpoint_is_listed_with_its_engine_or_as_not_built(tmp_path: Path) -> None:
    endpoints, engines = look_at_endpoints(Settings(data_dir=tmp_path))

    assert [endpoint.path for endpoint in endpoints] == [feature.path for feature in ALL]
    for endpoint in endpoints:
        assert bool(endpoint.engine) is endpoint.is_built, endpoint
        assert endpoint.problem == ("" if endpoint.is_built else NOT_BUILT)
    assert [engine.name for engine in engines] == list(built_in())
    assert all(engine.licence and engine.source for engine in engines)
    assert {engine.task for engine in engines if engine.is_chosen} == {
        engine.task for engine in engines if not engine.problem
    }


def test_a_folder_to_be_made_is_measured_where_it_would_be(tmp_path: Path) -> None:
    assert machine.existing(tmp_path / "a" / "b") == tmp_path
    assert machine.free_bytes(tmp_path / "a" / "b") > 0
    assert machine.cores() >= 1
    assert machine.memory().total_bytes > machine.memory().available_bytes > 0  # type: ignore[operator]  # Linux tells it
