"""The data files of the writer, read once."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class Theme:
    """What songs about one subject are made of; see themes.toml."""

    name: str
    called: str
    kind: str
    mood: str
    phrases: Mapping[str, tuple[str, ...]]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A section: functions of its lines, their rhyme scheme and numbers of syllables."""

    functions: tuple[str, ...]
    scheme: str
    syllables: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Template:
    function: str
    flags: frozenset[str]
    text: str


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def split(text: str) -> tuple[str, ...]:
    """A list of the data files."""
    return tuple(part.strip() for part in text.split(SEPARATOR))


@functools.cache
def _words() -> dict[str, frozenset[str]]:
    return {name: frozenset(row.split()) for name, row in _toml("words.toml").items() if isinstance(row, str)}


def words(name: str) -> frozenset[str]:
    """One of the lists of words.toml."""
    return _words()[name]


@functools.cache
def named(table: str) -> dict[str, frozenset[str]]:
    """One of the tables of words.toml: moods or genres."""
    return {name: frozenset(row.split()) for name, row in _toml("words.toml")[table].items()}


@functools.cache
def themes() -> dict[str, Theme]:
    lists = ("thing", "things", "event", "where", "act", "line", "like")
    return {
        name: Theme(
            name, row["name"], row["kind"], row["mood"], {key: split(row[key]) for key in lists}, split(row["title"])
        )
        for name, row in _toml("themes.toml").items()
    }


@functools.cache
def theme_of_word() -> dict[str, str]:
    """Which theme a word names: the first that lists it."""
    found: dict[str, str] = {}
    for name, row in _toml("themes.toml").items():
        for word in row["for"].split():
            found.setdefault(word, name)
    return found


@functools.cache
def phrases() -> dict[str, dict[str, tuple[str, ...]]]:
    """The tables of phrases.toml, lists split."""
    return {name: {key: split(row) for key, row in table.items()} for name, table in _toml("phrases.toml").items()}


@functools.cache
def forms() -> dict[str, tuple[tuple[str, ...], dict[str, tuple[Shape, ...]]]]:
    """Order of sections, and the shapes, of every genre."""
    table = _toml("forms.toml")
    found = {}
    for genre, row in table.items():
        shapes = {name: tuple(map(_shape, rows)) for name, rows in (table["pop"] | row).items() if name != "sections"}
        if "verse" in row and "verse2" not in row:
            del shapes["verse2"]
        found[genre] = (tuple(row["sections"].split()), shapes)
    return found


def _shape(row: str) -> Shape:
    functions, scheme, syllables = (part.strip() for part in row.split("|"))
    return Shape(tuple(functions.split()), scheme, tuple(map(int, syllables.split())))


@functools.cache
def templates() -> tuple[Template, ...]:
    found = []
    for line in (FOLDER / "templates.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            head, text = line.split(": ", 1)
            function, *flags = head.split()
            found.append(Template(function, frozenset(flags), text))
    return tuple(found)
