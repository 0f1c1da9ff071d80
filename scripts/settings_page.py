"""Prints docs/settings.md from app/settings.py: `python -m scripts.settings_page > docs/settings.md`."""

import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AliasChoices, BaseModel, ByteSize, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo

from app.settings import Settings

HEAD = """\
# Settings

Written by `scripts/settings_page.py` from `app/settings.py`; change it there.

Settings are environment variables, or lines of a file `.env` in the folder the command is started in. The environment
wins over the file. They are read once, when a process starts. A name that is not listed here does nothing.

| Value | Written as |
|---|---|
| duration | ISO 8601 (`PT30S`, `PT10M`, `P7D`), `hh:mm:ss` or `7d`; a plain number is refused |
| size | bytes, or with a unit: `64KiB`, `8MiB`, `1GiB` |
| list | JSON: `["192.168.1.0/24"]` |
| yes or no | `true`, `false` |
| secret | text; never logged and never shown |

What these settings do together, and which ones an installation needs, is on the [deployment page](deploy.md).
"""
SIZES = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024), ("", 1))
BOUNDS = ((Ge, "ge", "from"), (Gt, "gt", "above"), (Le, "le", "up to"), (Lt, "lt", "below"))


@dataclass(frozen=True, slots=True)
class Setting:
    """`names` are the environment variables that are read, best first; `default` is as it would be written there."""

    names: tuple[str, ...]
    default: str
    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    text: str
    settings: tuple[Setting, ...]


def groups() -> Iterator[Group]:
    """All settings: first those without a group, then each group in the order of the class."""
    fields = Settings.model_fields
    prefix = str(Settings.model_config["env_prefix"])
    single = {name: field for name, field in fields.items() if not _is_group(field)}
    yield Group("General", "", tuple(_setting(prefix + name.upper(), field) for name, field in single.items()))
    for name, field in fields.items():
        if _is_group(field):
            model: type[BaseModel] = field.annotation  # type: ignore[assignment]  # _is_group has looked
            start = f"{prefix}{name.upper()}{Settings.model_config['env_nested_delimiter']}"
            settings = tuple(_setting(start + inner.upper(), info) for inner, info in model.model_fields.items())
            yield Group(name.capitalize(), inspect.getdoc(model) or "", settings)


def page() -> str:
    return "\n".join([HEAD, *map(_section, groups())])


def _section(group: Group) -> str:
    rows = "".join(_row(setting) for setting in group.settings)
    text = f"{group.text}\n\n" if group.text else ""
    return f"## {group.title}\n\n{text}| Variable | Default | Value | Meaning |\n|---|---|---|---|\n{rows}"


def _row(setting: Setting) -> str:
    names = " or ".join(f"`{name}`" for name in setting.names)
    default = f"`{setting.default}`" if setting.default else "empty"
    return f"| {names} | {default} | {setting.value} | {setting.meaning} |\n"


def _setting(name: str, field: FieldInfo) -> Setting:
    names: tuple[str, ...] = (name,)
    if isinstance(field.validation_alias, AliasChoices):
        names = tuple(str(choice) for choice in field.validation_alias.choices if str(choice).isupper())
    value = _text(field.get_default(call_default_factory=True))
    return Setting(names, value, _kind(field.annotation) + _bounds(field), field.description or "")


def _is_group(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _text(value: object) -> str:
    """A value as it would be written in the environment."""
    if isinstance(value, list):
        return json.dumps([item if isinstance(item, int) else _text(item) for item in value])
    if isinstance(value, ByteSize):
        return next(f"{value // size}{unit}" for unit, size in SIZES if value % size == 0)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, timedelta | bool):
        return str(TypeAdapter(type(value)).dump_json(value), "utf-8").strip('"')
    return "" if value is None else str(value)


def _kind(annotation: Any) -> str:  # noqa: ANN401 - any annotation of a field
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is list:
        return f"list of {_kind(get_args(annotation)[0])}s"
    if type(None) in get_args(annotation):
        return _kind(get_args(annotation)[0])
    plain = {bool: "yes or no", int: "whole number", float: "number", str: "text", SecretStr: "secret", Path: "path"}
    plain |= {timedelta: "duration", ByteSize: "size"}
    return plain.get(annotation, "network")


def _bounds(field: FieldInfo) -> str:
    limits = [
        f"{word} {_text(getattr(item, name) or 0)}"
        for kind, name, word in BOUNDS
        for item in field.metadata
        if isinstance(item, kind)
    ]
    return f", {' '.join(limits)}" if limits else ""


if __name__ == "__main__":
    sys.stdout.write(page())
