"""From the words of a prompt to what a picture shows: where, what, when, in which weather, mood and colours."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.pictures.colour import Colour, oklch
from models.pictures.shapes import things

FOLDER = Path(__file__).parent
MOST_CHARS = 2000
MOST_THINGS = 3
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_LONGEST = 3  # words in a name
_BEFORE = 2  # words between a colour and what it colours
_NOT = {"no", "without", "not", "never", "minus"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing of models.pictures.shapes, its colour where the prompt gives one, and how many of it."""

    name: str
    colour: Colour | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Scene:
    """What a prompt asks for, in the terms of words.toml; all of it may be empty.

    colours     those that are named and belong to no thing
    ground      the colour that is named of land or water
    light       the colour that is named of sun or moon
    monochrome  grey alone
    """

    settings: tuple[str, ...] = ()
    sky: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    time: str = ""
    weather: tuple[str, ...] = ()
    mood: str = "none"
    colours: tuple[Colour, ...] = ()
    ground: Colour | None = None
    light: Colour | None = None
    monochrome: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.settings or self.sky or self.subjects or self.weather)


@cache
def told() -> Mapping[str, Any]:
    """words.toml."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@cache
def _names(group: str) -> Mapping[str, tuple[str, ...]]:
    """Word → what it means in a group of words.toml; one word may mean several things."""
    found: dict[str, tuple[str, ...]] = {}
    for name, words in told()[group].items():
        for word in words:
            found[word] = (*found.get(word, ()), name)
    return found


@cache
def _things() -> Mapping[str, str]:
    return {word: thing.name for thing in things().values() for word in thing.words}


def scene_of(prompt: str) -> Scene:
    """Read a prompt. Names have up to three words, the longest is taken; what follows "no" or "without" is left out."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(prompt[:MOST_CHARS])]
    kept = [w for n, w in enumerate(words) if not (set(words[max(n - _BEFORE, 0) : n]) & _NOT)]
    subjects, taken = _subjects(kept)
    settings = _places(kept)
    sky = _found("sky", kept)
    times = _found("times", kept)
    ground, light = _coloured(kept, taken, settings)
    if any(subject.name in {"lightbulb", "star_shape"} for subject in subjects):
        sky = tuple(name for name in sky if name != "stars")
    return Scene(
        settings,
        sky,
        subjects,
        _time(times),
        _found("weather", kept),
        next(iter(_found("moods", kept)), "none"),
        _colours(kept, taken),
        ground,
        light,
        any(name in f" {' '.join(kept)} " for name in told()["monochrome"]["words"]),
    )


def _spans(words: list[str]) -> Iterable[tuple[int, int, str]]:
    """Every run of up to three words, longer ones first where they begin at the same word."""
    for first in range(len(words)):
        for length in range(min(_LONGEST, len(words) - first), 0, -1):
            yield first, length, " ".join(words[first : first + length])


def _found(group: str, words: list[str]) -> tuple[str, ...]:
    known = _names(group)
    found: dict[str, None] = {}
    for _first, _length, text in _spans(words):
        for name in known.get(text, ()):
            found[name] = None
    return tuple(found)


def _places(words: list[str]) -> tuple[str, ...]:
    """The settings; words that only hint at one count where no other word names any."""
    weak = set(told()["weak_places"])
    return _found("settings", [word for word in words if word not in weak]) or _found("settings", words)


def _time(times: tuple[str, ...]) -> str:
    """Of several times the one that says most: a storm at night is a storm."""
    order = ("neon", "storm", "dusk", "dawn", "sunset", "night", "overcast", "day")
    return next((name for name in order if name in times), "")


def _subjects(words: list[str]) -> tuple[tuple[Subject, ...], set[int]]:
    """The things that are named, in order, and the places of the colour words that belong to them."""
    known, weak, many = _things(), set(told()["weak"]), set(told()["plurals"])
    strong: dict[str, Subject] = {}
    poor: dict[str, Subject] = {}
    taken: set[int] = set()
    skip = 0
    covered = _named_elsewhere(words)
    for first, length, text in _spans(words):
        if first < skip or (first in covered and length == 1) or text not in known or text in many:
            continue
        skip = first + length
        colour = None
        for place in range(max(first - _BEFORE, 0), first):
            if words[place] in told()["colours"]:
                colour = oklch(*told()["colours"][words[place]])
                taken.add(place)
        singular = text.removesuffix("s")
        several = singular != text and known.get(singular) == known[text] and known[text] not in told()["single"]
        count = 2 if several else 1
        if first and words[first - 1] in {"three", "many", "herd", "flock"}:
            count = 3
        elif first and words[first - 1] == "two":
            count = 2
        chosen = poor if text in weak else strong
        chosen.setdefault(known[text], Subject(known[text], colour, count))
    found = strong or ({} if _found("settings", words) else poor)
    return tuple(found.values())[:MOST_THINGS], taken


def _named_elsewhere(words: list[str]) -> set[int]:
    """The places of words inside longer names of settings, sky and weather: "cherry" of "cherry blossoms"."""
    names = {name for group in ("settings", "sky", "weather") for name in _names(group)}
    return {
        place
        for first, length, text in _spans(words)
        if length > 1 and text in names
        for place in range(first, first + length)
    }


def _coloured(words: list[str], taken: set[int], settings: tuple[str, ...]) -> tuple[Colour | None, Colour | None]:
    """What a colour word colours that stands right before a word for land, water, sun or moon."""
    ground = light = None
    for place, (word, following) in enumerate(pairwise(words)):
        if word not in told()["colours"] or place in taken:
            continue
        colour = oklch(*told()["colours"][word])
        if following in {"sun", "moon", "sunlight", "moonlight"}:
            light = colour
        elif following in _names("settings"):
            ground = colour
        else:
            continue
        taken.add(place)
    flowers = next((name for name in told()["flower_colours"] if name in words), None)
    if ground is None and flowers and "flowers" in settings:
        ground = oklch(*told()["flower_colours"][flowers])
    return ground, light


def _colours(words: list[str], taken: set[int]) -> tuple[Colour, ...]:
    known = told()["colours"]
    named = {word: None for place, word in enumerate(words) if word in known and place not in taken}
    return tuple(oklch(*known[word]) for word in named)
