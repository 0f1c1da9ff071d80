"""Genres and instruments as the data files beside describe them, each read once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Instrument:
    """low, high: MIDI; does: roles it may take, the usual one first; play: ways of comping that suit it."""

    sound: str
    words: tuple[str, ...]
    families: tuple[str, ...]
    program: int
    low: int
    high: int
    does: tuple[str, ...]
    play: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DrumPattern:
    """steps: part of the kit → sixteenths, one or two bars; high: what changes where the song is full.

    low: the parts that play where it is thin.
    """

    steps: Mapping[str, str]
    high: Mapping[str, str]
    low: tuple[str, ...]
    flavour: str


@dataclass(frozen=True, slots=True)
class Layer:
    """An instrument of the arrangement. enters, leaves: the energy between which it plays; chance: that it is there.

    play    names of patterns in comping.toml or bass.toml, one is chosen
    fills   it answers the voice
    """

    role: str
    sounds: tuple[str, ...]
    play: tuple[str, ...]
    enters: float
    leaves: float
    chance: float
    pan: float
    level_db: float
    fills: bool
    flavour: str


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre of music.

    bpm             lowest and highest usual tempo
    minor           how often it is in minor, 0 to 1
    swing           as in `Score`; sixteenths: delay of every second sixteenth, quarter notes
    human           standard deviation of the timing, quarter notes
    line_bars       bars of a line of lyrics, as a rule
    rate            syllables per second that are comfortable
    scale           diatonic, pentatonic or blues
    rap             verses are spoken in rhythm
    loops           sections are multiples of four bars and their progression goes round, without cadences
    flavours        name → what it changes: words, bpm, swing, minor
    progressions    mode → kind of section → progressions
    forms           of instrumental songs: "intro 4, verse 8, …"
    """

    name: str
    words: tuple[str, ...]
    bpm: tuple[float, float]
    minor: float
    swing: tuple[float, float]
    sixteenths: float
    human: float
    line_bars: int
    rate: float
    scale: str
    rap: bool
    loops: bool
    blocks: bool
    intro: tuple[int, ...]
    turn: tuple[int, ...]
    outro: tuple[int, ...]
    fills: str
    flavours: Mapping[str, Mapping[str, Any]]
    progressions: Mapping[str, Mapping[str, tuple[str, ...]]]
    forms: tuple[str, ...]
    kits: tuple[str, ...]
    drums: tuple[DrumPattern, ...]
    percussion: tuple[DrumPattern, ...]
    layers: tuple[Layer, ...]


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


@cache
def instruments() -> dict[str, Instrument]:
    """Sound → instrument."""
    return {
        sound: Instrument(
            sound,
            tuple(told["words"]),
            tuple(told["families"]),
            told["program"],
            told["low"],
            told["high"],
            tuple(told["does"]),
            tuple(told["play"]),
        )
        for sound, told in read("instruments.toml")["sounds"].items()
    }


@cache
def kits() -> dict[str, int]:
    """Drum kit → General MIDI program."""
    return dict(read("instruments.toml")["kits"])


@cache
def genres() -> dict[str, Genre]:
    """Name → genre."""
    found = [
        _genre(tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted((HERE / "genres").glob("*.toml"))
    ]
    return {genre.name: genre for genre in found}


def _genre(told: dict[str, Any]) -> Genre:
    feel, form = told["feel"], told["form"]
    return Genre(
        name=told["name"],
        words=tuple(told["words"]),
        bpm=(feel["bpm"][0], feel["bpm"][1]),
        minor=feel["minor"],
        swing=(feel["swing"][0], feel["swing"][1]),
        sixteenths=feel.get("sixteenths", 0.0),
        human=feel["human"],
        line_bars=form.get("line_bars", 2),
        rate=form.get("rate", 3.2),
        scale=feel.get("scale", "diatonic"),
        rap=form.get("rap", False),
        loops=form.get("loops", False),
        blocks=form.get("blocks", False),
        intro=tuple(form["intro"]),
        turn=tuple(form["turn"]),
        outro=tuple(form["outro"]),
        fills=feel["fills"],
        flavours=told.get("flavours", {}),
        progressions={
            mode: {kind: tuple(chosen) for kind, chosen in kinds.items()}
            for mode, kinds in told["progressions"].items()
        },
        forms=tuple(form["forms"]),
        kits=tuple(told.get("kits", ())),
        drums=tuple(_drums(pattern) for pattern in told.get("drums", ())),
        percussion=tuple(_drums(pattern) for pattern in told.get("percussion", ())),
        layers=tuple(_layer(layer) for layer in told["layers"]),
    )


def _drums(told: dict[str, Any]) -> DrumPattern:
    steps = {part: line for part, line in told.items() if part not in {"high", "low", "for"}}
    return DrumPattern(steps, told.get("high", {}), tuple(told.get("low", ())), told.get("for", ""))


def _layer(told: dict[str, Any]) -> Layer:
    return Layer(
        told["role"],
        tuple(told["sounds"]),
        tuple(told.get("play", ())),
        told.get("enters", 0.0),
        told.get("leaves", 2.0),
        told.get("chance", 1.0),
        told.get("pan", 0.0),
        told.get("db", 0.0),
        told.get("fills", False),
        told.get("for", ""),
    )
