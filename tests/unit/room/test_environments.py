"""Environments of isolated engines: built whole or not at all, replaced, removed, held while they are in use."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.room.environments import BUILT, PROGRAM, WORK, Environments
from models.room.store import InUse, StoreError
from tests.support.recipes import recipe, run_program

DIGEST = "0" * 64
LOCK = f"numpy==2.1.0 \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{DIGEST}\n# more\nsix==1.17.0 --hash=sha256:{DIGEST}\n"


class Programs:
    """Stands for venv and pip, remembers how they were called, and fails when it is told to."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.fails_at = 0

    def __call__(self, command: Sequence[str]) -> None:
        self.calls.append(list(command))
        if len(self.calls) == self.fails_at:
            raise StoreError("no network")


@pytest.fixture
def environments(tmp_path: Path) -> Environments:
    return Environments(tmp_path / "envs")


def test_one_without_packages_is_a_real_one(environments: Environments, tmp_path: Path) -> None:
    made = environments.build("stub", recipe(tmp_path / "recipe"), python=sys.executable, run=run_program)

    program = tmp_path / "where.py"
    program.write_text("import json, sys; print(json.dumps([sys.prefix, sys.base_prefix]))")
    python = environments.command("stub")[0]
    assert environments.command("stub")[-1].endswith(PROGRAM)
    assert Path(python).is_file()
    run_program([python, str(program)])
    assert environments.all() == [made]
    assert made.packages == ()
    assert not (Path(python).parent / "pip").exists()


def test_packages_come_with_their_hashes_and_nothing_else_does(environments: Environments, tmp_path: Path) -> None:
    programs = Programs()

    made = environments.build("a.b", recipe(tmp_path / "recipe", LOCK), python="/opt/python", run=programs)

    (venv, pip) = programs.calls
    assert venv[:3] == ["/opt/python", "-m", "venv"]
    assert "--without-pip" not in venv
    assert {"--require-hashes", "--no-deps", "install"} <= set(pip)
    assert Path(pip[-1]).read_text() == LOCK
    assert made.packages == ("numpy==2.1.0", "six==1.17.0")


@pytest.mark.parametrize(
    "line",
    ["numpy", "numpy==2.1.0", f"numpy>=2 --hash=sha256:{DIGEST}", "-e .", "https://example.com/a.whl", "--index-url x"],
)
def test_a_lock_that_leaves_something_open_is_refused(environments: Environments, tmp_path: Path, line: str) -> None:
    programs = Programs()

    with pytest.raises(StoreError, match="is not name==version --hash"):
        environments.build("stub", recipe(tmp_path / "recipe", f"{LOCK}{line}\n"), python="python", run=programs)
    assert programs.calls == []


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failure_leaves_what_was_there(environments: Environments, tmp_path: Path, fails_at: int) -> None:
    first = environments.build("stub", recipe(tmp_path / "one"), python="python", run=Programs())
    programs = Programs()
    programs.fails_at = fails_at

    with pytest.raises(StoreError, match="no network"):
        environments.build("stub", recipe(tmp_path / "two", LOCK), python="python", run=programs)

    assert environments.get("stub") == first
    assert len(list((environments.root / BUILT).iterdir())) == 1


def test_a_new_one_replaces_the_old_and_only_that(environments: Environments, tmp_path: Path) -> None:
    environments.build("stub.more", recipe(tmp_path / "one"), python="python", run=Programs())
    environments.build("stub", recipe(tmp_path / "one"), python="python", run=Programs())
    environments.build("stub", recipe(tmp_path / "two", LOCK), python="python", run=Programs())

    assert [(found.name, len(found.packages)) for found in environments.all()] == [("stub", 2), ("stub.more", 0)]
    assert len(list((environments.root / BUILT).iterdir())) == 2


def test_one_in_use_is_neither_replaced_nor_removed(environments: Environments, tmp_path: Path) -> None:
    environments.build("stub", recipe(tmp_path / "recipe"), python="python", run=Programs())

    with environments.in_use("stub"), environments.in_use("stub"):
        with pytest.raises(InUse, match="stub is in use"):
            environments.remove("stub")
        with pytest.raises(InUse):
            environments.build("stub", tmp_path / "recipe", python="python", run=Programs())
    environments.remove("stub")

    assert environments.all() == []
    assert list((environments.root / BUILT).iterdir()) == []
    with pytest.raises(StoreError, match="There is no environment stub"):
        environments.remove("stub")


@pytest.mark.parametrize("name", ["../x", "", ".built", "UPPER", "a/b"])
def test_names_stay_in_their_folder(environments: Environments, tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="no name for an environment"):
        environments.build(name, recipe(tmp_path / "recipe"), python="python", run=Programs())


def test_a_recipe_without_its_program_is_told(environments: Environments, tmp_path: Path) -> None:
    (recipe(tmp_path / "recipe") / PROGRAM).unlink()

    with pytest.raises(StoreError, match=f"lacks {PROGRAM}"):
        environments.build("stub", tmp_path / "recipe", python="python", run=Programs())


def test_a_record_that_cannot_be_read_is_none(environments: Environments, tmp_path: Path) -> None:
    environments.build("stub", recipe(tmp_path / "recipe"), python="python", run=Programs())
    (environments.root / "stub" / ".record").write_text(json.dumps({"name": "stub"}))

    assert environments.get("stub") is None


def test_files_on_their_way_are_deleted_also_those_of_the_dead(environments: Environments) -> None:
    left = environments.root / WORK / "of-the-dead"
    left.mkdir(parents=True)
    (left / "in.f32").touch()

    with environments.scratch() as first, environments.scratch() as second:
        assert first.is_dir()
        assert second.is_dir()
        assert not left.exists()
    assert list((environments.root / WORK).iterdir()) == []
