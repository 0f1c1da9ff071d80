"""`woodshed keys` as an operator types it."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.infra.db import Database
from app.jobs.keys import find_key
from app.settings import Settings


def keys(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["keys", *arguments, "--data-dir", str(data)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(("options", "is_admin"), [((), False), (("--admin",), True)])
def test_a_key_is_an_admin_key_only_when_asked_for(tmp_path: Path, options: tuple[str, ...], is_admin: bool) -> None:
    secret = keys(tmp_path, "create", "ops", *options).split()[-1]
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]  # pydantic-settings' own
    db = Database(settings.resolved_database_url)
    with db.read() as session:
        found = find_key(session, secret)
        assert found is not None
        assert (found.name, found.is_admin) == ("ops", is_admin)
    db.close()

    table = [[cell.strip() for cell in re.split("[│┃]", line)] for line in keys(tmp_path, "list").splitlines()]

    (head,) = [line for line in table if "admin" in line]
    (row,) = [line for line in table if "ops" in line]
    assert row[head.index("admin")] == ("yes" if is_admin else "")
