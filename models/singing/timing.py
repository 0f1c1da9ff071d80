"""When each sound of a spoken line is sung: vowels begin with their notes and last as long, consonants stand before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.singing.phones import Kind, Phone
from models.singing.syllables import Syllable

Floats = NDArray[np.float64]
REST_S = 0.09  # between notes: from here on the voice stops
CLUSTER_S, CONSONANT_S = 0.2, 0.13  # longest
VOWEL_SHARE, VOWEL_S = 0.45, 0.045  # of the time between two vowels, at least; and no less than that where it fits
CONSONANTS = 0.85  # of their length in slow speech
EXTRA_SHARE = 0.6  # of a note, for vowels that are sung along with the one that is held
CODA_OVER_S = 0.05  # by which what ends before a rest may outlast its note
TRANSITION, TRANSITION_S = 0.3, 0.06  # of a vowel at each end, which keep their pace
BEFORE_GLIDE, GLIDE, GLIDE_S = 0.15, 0.65, 0.2  # of a diphthong, which moves for most of its time
SUNG_GLIDE, SUNG_GLIDE_S = 0.35, 0.25  # the same as it is sung, if that is longer
EARLIEST_S = 0.02
OVERLAP_S, LATE_S = 0.08, 0.04


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound from start_s to end_s of the song. syllable: its number; is_held: it carries the notes."""

    phone: Phone
    start_s: float
    end_s: float
    syllable: int
    is_held: bool = False

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def placed(line: Sequence[Syllable], free_s: float) -> list[Placed]:
    """All sounds of a line in order. `free_s`: when the line before ends, which consonants overlap a little at most."""
    found: list[Placed] = []
    natural_s = _natural(line[0].onset)
    room_s = max(line[0].start_s - free_s, min(natural_s, OVERLAP_S))
    onset_s = min(natural_s, room_s, line[0].start_s)
    line, late_s = list(line), min(natural_s - onset_s, LATE_S) if line[0].start_s < LATE_S else 0.0
    if late_s:  # the song begins with a consonant
        line[0] = _later(line[0], late_s)
    found += _fit(line[0].onset, line[0].start_s, onset_s + late_s, 0)
    for number, (here, after) in enumerate(pairwise([*line, None])):
        assert here is not None
        rest_s = float("inf") if after is None else after.start_s - here.end_s
        onset = after.onset if after else ()
        if after and rest_s < REST_S:
            between = (*here.coda, *onset)
            available_s = after.start_s - here.start_s
            length_s = min(_natural(between), available_s - _vowel_s(available_s))
            vowel_end_s = after.start_s - length_s
            found += _nucleus(here, vowel_end_s, number)
            cluster = _fit(between, after.start_s, length_s, number)
            split = len(here.coda)
            found += cluster[:split]
            found += [Placed(one.phone, one.start_s, one.end_s, number + 1) for one in cluster[split:]]
            continue
        available_s = here.end_s - here.start_s
        over_s = min(CODA_OVER_S, rest_s / 3)
        coda_s = min(_natural(here.coda), available_s + over_s - _vowel_s(available_s))
        end_s = here.end_s + over_s
        found += _nucleus(here, end_s - coda_s, number)
        found += _fit(here.coda, end_s, coda_s, number)
        if after:
            room_s = max(after.start_s - end_s - EARLIEST_S, 0.0)
            found += _fit(onset, after.start_s, min(_natural(onset), room_s), number + 1)
    return found


def _later(syllable: Syllable, late_s: float) -> Syllable:
    first = syllable.notes[0]
    moved = replace(first, start_s=min(first.start_s + late_s, 0.5 * (first.start_s + first.end_s)))
    return replace(syllable, notes=(moved, *syllable.notes[1:]))


def _vowel_s(available_s: float) -> float:
    return max(VOWEL_SHARE * available_s, min(VOWEL_S, available_s))


def _natural(phones: Sequence[Phone]) -> float:
    return min(sum(_consonant_s(phone) for phone in phones), CLUSTER_S)


def _consonant_s(phone: Phone) -> float:
    return min(phone.length_s * CONSONANTS, CONSONANT_S)


def _fit(phones: Sequence[Phone], end_s: float, length_s: float, syllable: int) -> list[Placed]:
    """Consonants one after the other, in proportion, up to `end_s`."""
    whole = sum(_consonant_s(phone) for phone in phones)
    found, at_s = [], end_s - length_s
    for phone in phones:
        share_s = length_s * _consonant_s(phone) / whole if whole else 0.0
        found.append(Placed(phone, at_s, at_s + share_s, syllable))
        at_s += share_s
    return found


def _nucleus(syllable: Syllable, end_s: float, number: int) -> list[Placed]:
    """The held vowel takes what the others of its group leave."""
    whole_s = end_s - syllable.start_s
    others = [phone for place, phone in enumerate(syllable.nucleus) if place != syllable.head]
    natural_s = sum(min(phone.length_s, CLUSTER_S) for phone in others)
    scale = min(1.0, EXTRA_SHARE * whole_s / natural_s) if natural_s else 0.0
    held_s = whole_s - scale * natural_s
    found, at_s = [], syllable.start_s
    for place, phone in enumerate(syllable.nucleus):
        length_s = held_s if place == syllable.head else min(phone.length_s, CLUSTER_S) * scale
        found.append(Placed(phone, at_s, at_s + length_s, number, is_held=place == syllable.head))
        at_s += length_s
    return found


def sources(places: Sequence[Placed], times_s: Floats, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """For each time, where in the speech it comes from, in seconds; and the number of its sound, -1 for none.

    Vowels are stretched in their steady middle, through which they wander slowly; beginnings and ends, and the glide of
    a diphthong, keep the pace of speech.
    """
    starts = np.array([place.start_s for place in places])
    ends = np.array([place.end_s for place in places])
    number = np.searchsorted(starts, times_s, side="right") - 1
    number = np.where((number >= 0) & (times_s < ends[np.maximum(number, 0)]), number, -1)
    source_s = np.zeros(times_s.size)
    for index, place in enumerate(places):
        rows = np.flatnonzero(number == index)
        if rows.size:
            source_s[rows] = _source(place, times_s[rows], rng)
    return source_s, np.asarray(number, np.int64)


def _source(place: Placed, times_s: Floats, rng: np.random.Generator) -> Floats:
    phone, length_s = place.phone, place.length_s
    at_s = times_s - place.start_s
    spoken_s = phone.length_s
    if phone.kind is not Kind.VOWEL and not place.is_held:
        return np.asarray(phone.start_s + at_s * (spoken_s / max(length_s, 1e-6)))
    rise_s = min((BEFORE_GLIDE if phone.glides else TRANSITION) * spoken_s, TRANSITION_S)
    fall_s = min(GLIDE * spoken_s, GLIDE_S) if phone.glides else rise_s
    sung_fall_s = max(fall_s, min(SUNG_GLIDE * length_s, SUNG_GLIDE_S)) if phone.glides else fall_s
    if length_s <= spoken_s:
        return np.asarray(phone.start_s + at_s * (spoken_s / max(length_s, 1e-6)))
    steady_s = spoken_s - rise_s - fall_s
    knots = [0.0, rise_s, length_s - sung_fall_s, length_s]
    places = [0.0, rise_s, spoken_s - fall_s, spoken_s]
    plain = np.interp(at_s, knots, places)
    window = np.interp(at_s, knots, [0.0, 1.0, 1.0, 0.0]) * min(1.0, (length_s - spoken_s) / 0.3)
    wander = slow_noise(at_s.size, 0.005, 1.5, rng) * 0.2 * steady_s * window
    return np.asarray(phone.start_s + np.clip(plain + wander, 0.0, spoken_s))


def slow_noise(size: int, step_s: float, hz: float, rng: np.random.Generator) -> Floats:
    """Random values of standard deviation 1 that change about `hz` times a second, `step_s` apart, between -2 and 2."""
    count = max(int(size * step_s * hz * 2), 1) + 4
    knots = np.clip(rng.standard_normal(count), -2, 2)
    at = rng.uniform(0, 1) + np.arange(size) * (step_s * hz * 2)
    low = np.floor(at).astype(np.int64)
    part = at - low
    part = part * part * (3 - 2 * part)
    return np.asarray(knots[low] * (1 - part) + knots[low + 1] * part)
