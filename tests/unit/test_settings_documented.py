"""docs/settings.md is what the settings are: nothing missing, nothing old, every name and default as they work."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.settings import Settings
from scripts.settings_page import Setting, groups, page

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
SETTINGS = [setting for group in groups() for setting in group.settings]
NAMES = [(name, setting) for setting in SETTINGS for name in setting.names]


def read() -> Settings:
    return Settings(_env_file=None)


def read_or_refusal() -> Settings | str:
    """The settings, or why they cannot be: both show that a variable was read."""
    try:
        return read()
    except ValueError as error:
        return str(error)


def count(model: type[BaseModel]) -> int:
    kinds = [field.annotation for field in model.model_fields.values()]
    return sum(count(kind) if isinstance(kind, type) and issubclass(kind, BaseModel) else 1 for kind in kinds)


def test_the_page_is_what_the_script_writes() -> None:
    assert page() == PAGE, "run: python -m scripts.settings_page > docs/settings.md"


def test_every_setting_has_one_row_and_no_row_is_without_a_setting() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| `[A-Z]+_", line)]

    assert len(rows) == len(SETTINGS) == count(Settings)
    assert set(re.findall(r"`([A-Z]+_[A-Z0-9_]+)`", "\n".join(rows))) == {name for name, _ in NAMES}


@pytest.mark.parametrize(("name", "setting"), NAMES, ids=[name for name, _ in NAMES])
class TestEveryName:
    def test_is_read_from_the_environment(self, name: str, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
        default = read()

        monkeypatch.setenv(name, "true" if setting.default == "false" else "?")

        assert read_or_refusal() != default

    def test_takes_its_default_as_documented(
        self, name: str, setting: Setting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        default = read()

        if setting.default:  # an empty one is left unset
            monkeypatch.setenv(name, setting.default)

        assert read() == default

    def test_says_what_it_means(self, name: str, setting: Setting) -> None:
        assert setting.meaning.endswith("."), name
        assert "|" not in setting.meaning, "it would end the column"
