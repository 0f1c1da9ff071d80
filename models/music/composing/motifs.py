"""The material of a section: phrases with a rhythm and a contour, and the order in which lines use them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from models.music.genre import read

LIKED = 0.55
STRETCH = 1.5
CELL = 8  # eighths
WIGGLE = (-2, -1, 0, 0, 1, 2)  # semitones
UPBEATS = (0.0, 0.0, 0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Phrase:
    """cells: eighths that are liked, bar by bar; contour: semitones at equal steps; wiggle: added by eighth."""

    cells: tuple[str, ...]
    contour: tuple[float, ...]
    wiggle: tuple[int, ...]
    start: float

    def likes(self, beat: float, beats_per_bar: float) -> float:
        """How much a syllable would like to begin there, counted from the first bar of the phrase."""
        eighth = 2 * beat
        if abs(eighth - round(eighth)) > 1e-6 or beat < 0:  # noqa: PLR2004
            return 0.0
        bar, place = divmod(round(eighth), round(2 * beats_per_bar))
        cell = self.cells[bar % len(self.cells)]
        return LIKED if cell[place % len(cell)] == "x" else 0.0

    def height(self, beat: float, length: float) -> float:
        """Semitones above the middle at a moment of a phrase of so many quarter notes."""
        at = np.clip(beat / max(length, 1e-6), 0, 1) * (len(self.contour) - 1)
        level = float(np.interp(at, np.arange(len(self.contour)), self.contour))
        return STRETCH * level + self.wiggle[int(np.floor(2 * beat)) % len(self.wiggle)]


@dataclass(frozen=True, slots=True)
class Material:
    scheme: str
    phrases: Mapping[str, Phrase]

    def phrase(self, line: int) -> Phrase:
        return self.phrases[self.scheme[line % len(self.scheme)]]


def material_of(kind: str, rng: np.random.Generator) -> Material:
    """New material for verse, prechorus, chorus, bridge or theme. The phrases of a section share a rhythm."""
    told = _told()
    kind = kind if kind in told["cells"] else "verse"
    first = str(rng.choice(told["cells"][kind]))
    start = float(rng.choice(UPBEATS)) if kind not in {"chorus", "theme"} else 0.0
    wiggle = tuple(int(step) for step in rng.choice(WIGGLE, CELL))
    contours = [tuple(map(float, contour)) for contour in told["contours"][kind]]
    order = rng.permutation(len(contours))
    phrases = {
        letter: Phrase(
            (first, str(rng.choice(told["cells"][kind]))), contours[order[number % len(order)]], wiggle, start
        )
        for number, letter in enumerate("ABC")
    }
    return Material(str(rng.choice(told["schemes"])), phrases)


@cache
def _told() -> Mapping[str, Any]:
    return read("tunes.toml")
