"""Chords spread over a register with the smallest movement from the last one."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

from models.music.score import Chord

WIDEST = 19  # semitones between the outer voices


def voiced(chord: Chord, low: int, high: int, before: tuple[int, ...], *, way: str = "close") -> tuple[int, ...]:
    """Pitches from low to high, rising.

    way: close (three or four voices), triad, shell (third, seventh, colour), power or barre (power and the third). The
    voicing that moves least from `before` and stays near the middle of the register; voices never cross.
    """
    if way in {"power", "barre"}:
        root = low + (chord.pitches[0] - low) % 12
        power = (root, root + 7 if _has_fifth(chord) else root + 6, root + 12)
        return (*power, root + 12 + (chord.pitches[1] - root) % 12) if way == "barre" else power
    classes = _classes(chord.pitches, way)
    options = _options(classes, low, high)
    middle = (low + high) / 2

    def cost(option: tuple[int, ...]) -> float:
        centre = sum(option) / len(option)
        moved = _distance(before, option) if before else 0.0
        return moved + 0.35 * abs(centre - middle) + (1.0 if option[-1] - option[0] > 14 else 0.0)  # noqa: PLR2004

    return min(options, key=cost) if options else tuple(low + (pitch - low) % 12 for pitch in classes[:1])


def _has_fifth(chord: Chord) -> bool:
    return (chord.pitches[0] + 7) % 12 in chord.pitches


def _classes(pitches: Sequence[int], way: str) -> tuple[int, ...]:
    if way == "triad":
        return tuple(pitches[:3])
    if way == "shell":
        return tuple(pitches[1:2]) + tuple(pitches[3:]) if len(pitches) > 3 else tuple(pitches[:3])  # noqa: PLR2004
    if len(pitches) > 4:  # noqa: PLR2004 - the bass has the root
        return tuple(pitches[1:])
    return tuple(pitches)


def _distance(before: tuple[int, ...], option: tuple[int, ...]) -> float:
    pairs = (
        zip(before, option, strict=False)
        if len(before) == len(option)
        else zip(before[-len(option) :], option[-len(before) :], strict=False)
    )
    return float(sum(abs(one - other) for one, other in pairs))


@lru_cache(maxsize=4096)
def _options(classes: tuple[int, ...], low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """All ways to put each pitch class once into the register, without clusters at the bottom."""
    places = [[pitch for pitch in range(low, high + 1) if pitch % 12 == pitch_class] for pitch_class in classes]
    found = set()
    for chosen in product(*places):
        rising = tuple(sorted(chosen))
        if rising[-1] - rising[0] <= WIDEST and (len(rising) < 2 or rising[1] - rising[0] > 1):  # noqa: PLR2004
            found.add(rising)
    return tuple(sorted(found))
