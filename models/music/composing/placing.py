"""When each syllable of a line begins: stressed ones on strong beats, at a comfortable pace, near a rhythmic motif."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

LONGEST = 4.0  # quarter notes between two syllables of a line
GRIDS = (0.5, 0.25, 0.125)
ROOMY = 1.3  # slots per syllable
Preference = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Syllable:
    """weight: 0 to 1, how strongly it is stressed; ends_word, ends_phrase: what follows it."""

    weight: float
    ends_word: bool
    ends_phrase: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Where a line may be: quarter notes from the bar in which it begins. first may be negative: an upbeat.

    start   where it would like to begin
    pace    quarter notes per syllable
    """

    first: float
    last: float
    start: float
    pace: float
    beats_per_bar: float
    finest: float = 0.25


def strength(beat: float, beats_per_bar: float) -> float:
    """How strong a moment of the bar is: 1 for its beginning to 0 for sixteenths between."""
    within = beat % beats_per_bar
    if within < 1e-6 or beats_per_bar - within < 1e-6:  # noqa: PLR2004
        return 1.0
    if beats_per_bar == 4.0 and abs(within - 2) < 1e-6:  # noqa: PLR2004
        return 0.8
    if abs(within - round(within)) < 1e-6:  # noqa: PLR2004
        return 0.5
    return 0.2 if abs(2 * within - round(2 * within)) < 1e-6 else 0.0  # noqa: PLR2004


def placed(syllables: Sequence[Syllable], window: Window, likes: Preference) -> list[float]:
    """The beginnings, rising, within the window; the last has room to be held.

    The cheapest path through the slots of the grid (Viterbi): what it costs is the distance between stress and metre,
    between pace and interval, less what the motif likes.
    """
    count = len(syllables)
    room = window.last - window.first
    hold = min(1.0, room / (count + 1))
    grid = next((grid for grid in GRIDS if (room - hold) / grid >= ROOMY * count and grid >= window.finest), GRIDS[-1])
    slots = np.arange(np.ceil(window.first / grid - 1e-9), np.floor((window.last - hold) / grid + 1e-9) + 1) * grid
    if len(slots) < count:
        return [window.first + room * number / (count + 0.5) for number in range(count)]
    metre = np.array([strength(slot, window.beats_per_bar) for slot in slots])
    liked = np.array([likes(slot) for slot in slots])
    steps = np.arange(1, min(round(LONGEST / grid), len(slots) - 1) + 1) if len(slots) > 1 else np.array([1])
    pace = min(window.pace, room / (count + 0.5))
    cost = _position(syllables[0], metre, liked) + 0.5 * np.abs(slots - window.start)
    back: list[NDArray[np.intp]] = []
    for before, syllable in pairwise(syllables):
        options = np.full((len(steps), len(slots)), np.inf)
        for row, (step, toll) in enumerate(
            zip(steps, _interval(before, (steps * grid).astype(np.float64), pace), strict=True)
        ):
            options[row, step:] = cost[:-step] + toll
        best = options.argmin(axis=0)
        back.append(best)
        cost = options[best, np.arange(len(slots))] + _position(syllable, metre, liked)
    cost = cost + 1.0 * (1 - metre) + 0.12 * np.maximum(window.last - slots - 2.5, 0)
    place = int(cost.argmin())
    path = [place]
    for best in reversed(back):
        place -= int(steps[best[place]])
        path.append(place)
    return [float(slots[number]) for number in reversed(path)]


def _position(syllable: Syllable, metre: NDArray[np.float64], liked: NDArray[np.float64]) -> NDArray[np.float64]:
    weight = syllable.weight
    return 2.4 * weight * (1 - metre) + 0.9 * (1 - weight) * metre - liked


def _interval(before: Syllable, lengths: NDArray[np.float64], pace: float) -> NDArray[np.float64]:
    """What it costs to let a syllable last so long."""
    wanted = pace * (0.8 + 0.45 * before.weight) * (1.6 if before.ends_phrase else 1.0)
    cost = 1.6 * np.log2(lengths / wanted) ** 2
    if not before.ends_word:
        cost = cost + 1.2 * np.maximum(lengths / pace - 2, 0)
    return np.asarray(cost)
