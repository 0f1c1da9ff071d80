"""Chords from Roman numerals, and a progression for each section.

Numerals count from the scale of the mode: in minor, VI is the sixth of natural minor. A bar is a word; `+` divides it,
`*2` lengthens it; `/3`, `/5`, `/7` put that note into the bass; `V7/ii` is the dominant of ii.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.music.composing.parts import Part
from models.music.genre import Genre
from models.music.score import MAJOR, MINOR, NAMES, Chord, Key

SCALES = {MAJOR: (0, 2, 4, 5, 7, 9, 11), MINOR: (0, 2, 3, 5, 7, 8, 10)}
DEGREES = {"I": 0, "II": 1, "III": 2, "IV": 3, "V": 4, "VI": 5, "VII": 6}
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
FLAT_KEYS = {(5, MAJOR), (10, MAJOR), (3, MAJOR), (8, MAJOR), (1, MAJOR), (2, MINOR), (7, MINOR), (0, MINOR), (5, MINOR), (10, MINOR), (3, MINOR)}  # fmt: skip  # noqa: E501
# Intervals above the root by what follows the numeral; upper case, lower case.
QUALITIES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "": ((0, 4, 7), (0, 3, 7)),
    "7": ((0, 4, 7, 10), (0, 3, 7, 10)),
    "maj7": ((0, 4, 7, 11), (0, 3, 7, 11)),
    "6": ((0, 4, 7, 9), (0, 3, 7, 9)),
    "9": ((0, 4, 7, 10, 2), (0, 3, 7, 10, 2)),
    "m9": ((0, 3, 7, 10, 2), (0, 3, 7, 10, 2)),
    "maj9": ((0, 4, 7, 11, 2), (0, 3, 7, 11, 2)),
    "add9": ((0, 4, 7, 2), (0, 3, 7, 2)),
    "sus4": ((0, 5, 7), (0, 5, 7)),
    "sus2": ((0, 2, 7), (0, 2, 7)),
    "o": ((0, 3, 6), (0, 3, 6)),
    "o7": ((0, 3, 6, 9), (0, 3, 6, 9)),
    "ø7": ((0, 3, 6, 10), (0, 3, 6, 10)),
}
CLEAR = 0.3  # of the bars are tonic: the key is heard
NUMERAL = re.compile(r"(b|#)?([IV]+|[iv]+)(maj7|maj9|m9|add9|sus4|sus2|ø7|o7|o|7|9|6)?(?:/(.+))?")
SIMILAR = {"postchorus": "chorus", "drop": "chorus", "outro": "chorus", "turn": "verse", "intro": "verse", "build": "prechorus", "solo": "chorus", "break": "bridge", "breakdown": "bridge", "prechorus": "bridge"}  # fmt: skip  # noqa: E501


@lru_cache(maxsize=2048)
def chord_of(numeral: str, key: Key, start: float = 0.0, length: float = 4.0) -> Chord:
    """Raises ValueError for what is no numeral."""
    found = NUMERAL.fullmatch(numeral)
    if found is None:
        message = f"{numeral} is no chord"
        raise ValueError(message)
    accidental, degree, quality, below = found.groups()
    if below and not below.isdigit():
        target = chord_of(below, key).pitches[0]
        return chord_of(degree + (quality or ""), Key(target, MAJOR), start, length)
    root = (key.tonic + SCALES[key.mode][DEGREES[degree.upper()]] + {"b": -1, "#": 1}.get(accidental or "", 0)) % 12
    if accidental == "b" and key.mode == MINOR and degree.upper() not in {"II", "V"}:
        root = (root + 1) % 12  # the sixth, seventh and third of minor are low already
    intervals = QUALITIES[quality or ""][0 if degree.isupper() else 1]
    pitches = tuple((root + interval) % 12 for interval in intervals)
    bass = {"3": pitches[1], "5": pitches[2], "7": pitches[min(3, len(pitches) - 1)]}.get(below or "", root)
    return Chord(start, length, pitches, bass, _symbol(pitches, bass, intervals, key))


def _symbol(pitches: Sequence[int], bass: int, intervals: tuple[int, ...], key: Key) -> str:
    names = FLATS if (key.tonic, key.mode) in FLAT_KEYS else NAMES
    endings = {
        (0, 4, 7): "", (0, 3, 7): "m", (0, 4, 7, 10): "7", (0, 3, 7, 10): "m7", (0, 4, 7, 11): "maj7",
        (0, 3, 7, 11): "m(maj7)", (0, 4, 7, 9): "6", (0, 3, 7, 9): "m6", (0, 4, 7, 10, 2): "9", (0, 3, 7, 10, 2): "m9",
        (0, 4, 7, 11, 2): "maj9", (0, 3, 7, 11, 2): "m(maj9)", (0, 4, 7, 2): "add9", (0, 3, 7, 2): "m(add9)",
        (0, 5, 7): "sus4", (0, 2, 7): "sus2", (0, 3, 6): "dim", (0, 3, 6, 9): "dim7", (0, 3, 6, 10): "m7b5",
    }  # fmt: skip
    below = "" if bass == pitches[0] else f"/{names[bass]}"
    return f"{names[pitches[0]]}{endings[intervals]}{below}"


@lru_cache(maxsize=512)
def bars_of(progression: str) -> tuple[tuple[str, ...], ...]:
    """Numerals by bar."""
    found: list[tuple[str, ...]] = []
    for word in progression.split():
        numerals, _, times = word.partition("*")
        found += [tuple(numerals.split("+"))] * int(times or 1)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Harmony:
    """chords of the whole song; bars: numerals by bar of each section."""

    chords: tuple[Chord, ...]
    bars: tuple[tuple[tuple[str, ...], ...], ...]


def harmony_of(
    parts: Sequence[Part], genre: Genre, key: Key, beats_per_bar: float, rng: np.random.Generator
) -> Harmony:
    """Each kind of section has its own progression; sections end with a cadence, the song on the tonic."""
    chosen = _chosen(genre, key.mode, rng)
    bars = [list(_section(part, chosen, genre)) for part in parts]
    home = "I" if key.mode == MAJOR else "i"
    for number, part in enumerate(parts[:-1]):
        if not genre.loops and not genre.blocks and part.bars > 2:  # noqa: PLR2004 - no room for a cadence
            _lead_to(bars[number], bars[number + 1][0][0], key.mode)
    last = bars[-1]
    last[-1] = (_home_like(home, genre, bars),)
    if len(last) > 2:  # noqa: PLR2004
        last[-2] = (_dominant(last, key.mode),)
    return Harmony(_placed(bars, key, beats_per_bar), tuple(tuple(section) for section in bars))


def _chosen(genre: Genre, mode: str, rng: np.random.Generator) -> dict[str, tuple[str, ...]]:
    """Kind → progressions, the one for this song first. Verse and chorus differ and make the key clear."""
    pools = genre.progressions[mode]
    found = {kind: tuple(pool[number] for number in rng.permutation(len(pool))) for kind, pool in pools.items()}
    verse, chorus = max(
        ((verse, chorus) for verse in found["verse"] for chorus in found["chorus"]),
        key=lambda pair: (bars_of(pair[0])[:2] != bars_of(pair[1])[:2], min(_home_share(pair) - CLEAR, 0.0)),
    )
    for kind, first in (("verse", verse), ("chorus", chorus)):
        found[kind] = (first, *(other for other in found[kind] if other != first))
    taken = {verse, chorus}
    for kind in found.keys() - {"verse", "chorus"}:
        found[kind] = tuple(sorted(found[kind], key=lambda progression: progression in taken))
    return found


def _home_share(pair: tuple[str, str]) -> float:
    """Tonic among the bars of verse and chorus; where a section begins counts twice."""
    bars = [bar for progression in pair for bar in (bars_of(progression)[:1] + bars_of(progression))]
    return sum(_degree(bar[0]) == "I" for bar in bars) / len(bars)


def _section(part: Part, chosen: Mapping[str, tuple[str, ...]], genre: Genre) -> Sequence[tuple[str, ...]]:
    kind = part.kind
    while kind not in chosen:
        kind = SIMILAR.get(kind, "verse")
    options = [bars_of(progression) for progression in chosen[kind]]
    if genre.blocks:
        return _blocks(options, part.bars)
    loop = options[0]
    return [loop[bar % len(loop)] for bar in range(part.bars)]


def _blocks(options: Sequence[tuple[tuple[str, ...], ...]], bars: int) -> list[tuple[str, ...]]:
    """A section of whole forms: twelve bars of blues, sixteen, eight or four."""
    by_length: dict[int, tuple[tuple[str, ...], ...]] = {}
    for option in options:
        by_length.setdefault(len(option), option)
    if bars == 16 and 12 in by_length and 8 not in by_length:  # noqa: PLR2004 - sixteen bars: the first line twice
        return [*by_length[12][:4], *by_length[12]]
    found: list[tuple[str, ...]] = []
    while len(found) < bars:
        rest = bars - len(found)
        fits = [length for length in by_length if length <= rest and (rest - length) % 4 == 0]
        best = max(fits, default=0)
        if not best:
            found += (by_length.get(4) or options[0])[:rest]
        else:
            found += by_length[best]
    return found


def _lead_to(bars: list[tuple[str, ...]], following: str, mode: str) -> None:
    """The last bar leads into the next section: a dominant before the tonic, where there is none yet."""
    last = bars[-1][-1]
    is_home = _degree(last) == "I"
    if _degree(following) == "I" and (is_home or _degree(last) in {"III", "VI"}):
        dominants = [numeral for bar in bars for numeral in bar if _degree(numeral) == "V" and numeral[0] == "V"]
        half = dominants[0] if dominants else "V" if mode == MAJOR or _degree(last) == "VI" else "VII"
        bars[-1] = (last, half) if not is_home and len(bars[-1]) == 1 else (half,)
    elif last == following and is_home:
        bars[-1] = (last, "V")


def _degree(numeral: str) -> str:
    found = NUMERAL.fullmatch(numeral)
    return "" if found is None or found.group(1) else found.group(2).upper()


def _home_like(home: str, genre: Genre, bars: Sequence[Sequence[tuple[str, ...]]]) -> str:
    """The tonic with the colours that it has in this song."""
    for section in bars:
        for bar in section:
            for numeral in bar:
                if re.fullmatch(rf"{home}(maj7|maj9|6|m9|7|9|add9)?", numeral) and (
                    numeral != f"{home}7" or genre.blocks
                ):
                    return numeral
    return home


def _dominant(bars: Sequence[tuple[str, ...]], mode: str) -> str:
    """What stands before the last chord; a plagal or modal ending stays."""
    before = bars[-2][-1]
    if _degree(before) in {"V", "IV", "VII", "II"}:
        return before
    has_sevenths = any("7" in numeral or "9" in numeral for bar in bars for numeral in bar)
    return ("V7" if has_sevenths else "V") if mode == MAJOR or has_sevenths else "VII"


def _placed(bars: Sequence[Sequence[tuple[str, ...]]], key: Key, beats_per_bar: float) -> tuple[Chord, ...]:
    """Chords in time; what stays the same for several bars is one chord."""
    found: list[Chord] = []
    names: list[str] = []
    start = 0.0
    for section in bars:
        fresh = True
        for bar in section:
            length = beats_per_bar / len(bar)
            for numeral in bar:
                if names and names[-1] == numeral and not fresh:
                    before = found[-1]
                    found[-1] = Chord(before.start, before.length + length, before.pitches, before.bass, before.symbol)
                else:
                    found.append(chord_of(numeral, key, start, length))
                    names.append(numeral)
                fresh = False
                start += length
    return tuple(found)
