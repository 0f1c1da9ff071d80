"""Pitches for a rhythm: near a contour, chord tones where it is strong, steps and small leaps, leaps answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.music.composing.harmony import SCALES
from models.music.score import MAJOR, Chord, Key

IMPOSSIBLE = 1e6
WIDEST = 9  # semitones within a line
STRONG = 0.5
LONG = 1.0  # quarter notes
# Cost of an interval by its semitones: repeated notes and steps are cheap.
INTERVAL = (0.85, 0.0, 0.0, 0.3, 0.35, 0.6, 2.5, 0.9, 1.6, 1.8)
LEAP = 4  # semitones: what is wider is answered by a step back
STEP = 2
SHY = {MAJOR: (5, 11), "minor": (2, 8)}  # what the pentatonic scale leaves out
BLUES = {MAJOR: (0, 2, 3, 4, 5, 7, 9, 10), "minor": (0, 3, 5, 6, 7, 10)}
BLUE = {MAJOR: (3,), "minor": (6,)}


@dataclass(frozen=True, slots=True)
class Spot:
    """A note without pitch. target: MIDI, where the contour is; strength: of its place in the bar."""

    start: float
    length: float
    strength: float
    target: float
    chord: Chord


@dataclass(frozen=True, slots=True)
class Taste:
    """low, high: MIDI. closing: pitch classes on which the phrase may end, the chord's if empty.

    before: the pitch of the note that came before, or None
    """

    key: Key
    scale: str
    low: int
    high: int
    closing: tuple[int, ...] = ()
    before: int | None = None
    few: tuple[int, ...] = ()
    pull: float = 0.16


def pitches_of(spots: Sequence[Spot], taste: Taste) -> list[int]:
    """The cheapest way through all pitches of the range (Viterbi); the state is the pitch and how it was reached."""
    pitches = np.arange(taste.low, taste.high + 1)
    count = len(pitches)
    moves = pitches[:, None] - pitches[None, :]  # to, from
    toll = _tolls(moves)
    cost = np.stack([_costs(spots[0], pitches, taste, is_last=len(spots) == 1)] * 3)
    cost[1:] += IMPOSSIBLE
    if taste.before is not None:
        cost += 0.06 * np.maximum(np.abs(pitches - taste.before) - LEAP, 0)
    back: list[NDArray[np.intp]] = []
    for number, spot in enumerate(spots[1:], 1):
        here = _costs(spot, pitches, taste, is_last=number == len(spots) - 1)
        leaving = toll + _passing(spots[number - 1], pitches, moves)
        # from: reached by step, by a leap up, by a leap down
        options = np.stack(
            [
                cost[0][None, :] + leaving,
                cost[1][None, :] + leaving + np.where(moves > 0, 1.6, np.where(moves < -LEAP, 0.9, 0.0)),
                cost[2][None, :] + leaving + np.where(moves < 0, 1.6, np.where(moves > LEAP, 0.9, 0.0)),
            ]
        )
        best_state = options.argmin(axis=0)
        best = np.take_along_axis(options, best_state[None], axis=0)[0]
        kinds = (np.abs(moves) <= LEAP, moves > LEAP, moves < -LEAP)
        new = np.empty_like(cost)
        link = np.empty((3, count), np.intp)
        for state, allowed in enumerate(kinds):
            masked = np.where(allowed, best, np.inf)
            source = masked.argmin(axis=1)
            new[state] = masked[np.arange(count), source] + here
            link[state] = source * 3 + best_state[np.arange(count), source]
        back.append(link)
        cost = np.minimum(new, 1e9)
    state, place = (int(index) for index in np.unravel_index(int(cost.argmin()), cost.shape))
    found = [int(pitches[place])]
    for link in reversed(back):
        place, state = divmod(int(link[state, place]), 3)
        found.append(int(pitches[place]))
    return found[::-1]


def _tolls(moves: NDArray[np.int_]) -> NDArray[np.float64]:
    wide = np.abs(moves)
    return np.where(wide <= WIDEST, np.array(INTERVAL)[np.minimum(wide, WIDEST)], IMPOSSIBLE)


def _passing(before: Spot, pitches: NDArray[np.int_], moves: NDArray[np.int_]) -> NDArray[np.float64]:
    """A note that is not of the chord goes on by step."""
    foreign = ~np.isin(pitches % 12, before.chord.pitches)
    return np.where(foreign[None, :] & (np.abs(moves) > STEP), 1.2, 0.0)


def _costs(spot: Spot, pitches: NDArray[np.int_], taste: Taste, *, is_last: bool) -> NDArray[np.float64]:
    classes = pitches % 12
    table = _by_class(spot.chord, taste.key, taste.scale, spot.strength >= STRONG or spot.length >= LONG)
    cost = table[classes] + taste.pull * (pitches - spot.target) ** 2
    if taste.few:
        cost = cost + np.where(np.isin(classes, taste.few), 0.0, 4.0)
    if is_last:
        good = tuple(pitch for pitch in taste.closing if pitch in spot.chord.pitches) or spot.chord.pitches[:3]
        cost = cost + np.where(np.isin(classes, good), 0.0, 3.0)
    return np.asarray(cost)


@lru_cache(maxsize=4096)
def _by_class(chord: Chord, key: Key, scale: str, is_strong: bool) -> NDArray[np.float64]:
    """Cost of each pitch class over a chord."""
    tones = set(scale_over(chord, key, scale))
    cost = np.full(12, IMPOSSIBLE / 100)
    for pitch in tones:
        cost[pitch] = 2.0 if is_strong else 0.3
        if scale == "pentatonic" and (pitch - key.tonic) % 12 in SHY[key.mode]:
            cost[pitch] += 0.5
        if scale == "blues" and (pitch - key.tonic) % 12 in BLUE[key.mode]:
            cost[pitch] += 0.4
    for number, pitch in enumerate(chord.pitches):
        cost[pitch] = (0.0, 0.0, 0.1, 0.3, 0.4)[number]
    return cost


@lru_cache(maxsize=4096)
def scale_over(chord: Chord, key: Key, scale: str = "diatonic") -> tuple[int, ...]:
    """Pitch classes that fit a chord: those of the key, where the chord has none beside them."""
    usual = BLUES[key.mode] if scale == "blues" else SCALES[key.mode]
    of_key = {(key.tonic + interval) % 12 for interval in usual}
    foreign = [pitch for pitch in chord.pitches if pitch not in of_key]
    beside = {(pitch + step) % 12 for pitch in foreign for step in (-1, 1)}
    return tuple(sorted((of_key - (beside - set(chord.pitches))) | set(chord.pitches)))
