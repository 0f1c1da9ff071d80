"""The named sounds and the words around them, as the tables beside describe them; read once."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from models.base import Samples
from models.effects.stems import stems
from models.effects.take import Take

HERE = Path(__file__).parent
Recipe = Callable[[Take], Samples]
TEXTURE, REPEAT, ONCE = "texture", "repeat", "once"
USUAL_LEVEL = {TEXTURE: -20.0, REPEAT: -5.0, ONCE: -4.0}
USUAL_EVERY = {TEXTURE: (1.0, 1.0), REPEAT: (1.0, 2.0), ONCE: (0.7, 1.6)}
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound that has a name.

    recipe             module.function in models/effects/recipes
    kind               texture (goes on), repeat (comes again) or once
    level              LUFS of a texture, dBFS of an event's peak
    every, within      s from the start of a group, of an event, to the next; group: events in it; each (least, most)
    materials          what it can be made of
    preset             force, size, speed, pitch, material of its Take
    space              where it is heard if nothing is said
    distance_is_force  far and near change what is made, as for thunder
    whole              a texture with a rhythm or a course: made in one piece, however long
    spread             every event has its own place between the loudspeakers
    also               sounds that belong to it
    """

    name: str
    label: str
    recipe: str
    kind: str
    level: float
    every: tuple[float, float]
    group: tuple[int, int]
    within: tuple[float, float]
    materials: tuple[str, ...]
    preset: Mapping[str, Any]
    space: str
    distance_is_force: bool
    whole: bool
    spread: bool
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Stemmed phrases → what they stand for.

    sounds  name and rank: 0 names a sound, 1 and 2 only where nothing firmer is said
    stop    stems without meaning
    verbs   as they are written, in -s
    """

    sounds: Mapping[Phrase, tuple[str, int]]
    like: Mapping[Phrase, str]
    modifiers: Mapping[Phrase, Mapping[str, float]]
    materials: Mapping[Phrase, str]
    spaces: Mapping[Phrase, str]
    counts: Mapping[Phrase, str]
    between: Mapping[Phrase, str]
    stop: frozenset[str]
    verbs: frozenset[str]


@cache
def sounds() -> Mapping[str, Sound]:
    """All sounds by name."""
    return {name: _sound(name, row) for table in _tables() for name, row in table.items()}


def recipe_of(sound: Sound) -> Recipe:
    module, _, function = sound.recipe.partition(".")
    made: Recipe = getattr(import_module(f"models.effects.recipes.{module}"), function)
    return made


@cache
def lexicon() -> Lexicon:
    words = tomllib.loads((HERE / "words.toml").read_text("utf-8"))
    modifiers: dict[Phrase, Mapping[str, float]] = {}
    for row in words["modifiers"].values():
        effect = {key: float(value) for key, value in row.items() if key != "words"}
        modifiers |= {stems(word): effect for word in row["words"]}
    return Lexicon(
        _sound_words(),
        {stems(word): name for word, name in words["like"].items()},
        modifiers,
        _by_phrase(words["materials"]),
        _by_phrase(words["spaces"]),
        _by_phrase(words["counts"]),
        _by_phrase(words["between"]),
        frozenset(stem for word in words["stop"]["words"] for stem in stems(word)),
        frozenset(words["verbs"]["words"]),
    )


def _by_phrase(table: Mapping[str, list[str]]) -> dict[Phrase, str]:
    return {stems(word): name for name, entries in table.items() for word in entries}


def _sound_words() -> dict[Phrase, tuple[str, int]]:
    """The first sound that claims a phrase has it, a firm claim before a loose one."""
    found: dict[Phrase, tuple[str, int]] = {}
    for table in _tables():
        for name, row in table.items():
            for word in row["words"]:
                rank = len(word) - len(word.lstrip("~"))
                phrase = stems(word.lstrip("~"))
                if phrase not in found or rank < found[phrase][1]:
                    found[phrase] = (name, rank)
    return found


@cache
def _tables() -> tuple[dict[str, dict[str, Any]], ...]:
    return tuple(tomllib.loads(path.read_text("utf-8")) for path in sorted((HERE / "sounds").glob("*.toml")))


def _sound(name: str, row: Mapping[str, Any]) -> Sound:
    kind = row["kind"]
    every = row.get("every", USUAL_EVERY[kind])
    group = row.get("group", (1, 1))
    within = row.get("within", every)
    return Sound(
        name,
        row["label"],
        row["recipe"],
        kind,
        float(row.get("level", USUAL_LEVEL[kind])),
        (float(every[0]), float(every[1])),
        (int(group[0]), int(group[1])),
        (float(within[0]), float(within[1])),
        tuple(row.get("materials", ())),
        row.get("preset", {}),
        row.get("space", "outdoors"),
        bool(row.get("distance_is_force", False)),
        bool(row.get("whole", False)),
        bool(row.get("stereo", False)),
        tuple(row.get("also", ())),
    )
