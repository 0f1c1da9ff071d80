"""How loud each moment of a line is sung: phrase, note, stress, fades."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.singing.melody import STEP_S
from models.singing.phones import Kind
from models.singing.syllables import Syllable
from models.singing.timing import REST_S, Placed, slow_noise

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
ARCH_DB = 2.0
PER_SEMITONE_DB, PITCH_DB = 0.3, 3.5  # higher is louder, at most
STRESS_DB = {2: 0.8, 1: 0.2, 0: -0.6}
ATTACK_DB, ATTACK_S = 2.5, 0.05
SWELL_DB, SWELLS_S = 1.6, 0.6  # of notes that last so long
DECAY_DB, DECAYS_S = 2.0, 0.3
AGAIN_DB, AGAIN_S = 2.5, 0.06  # a dip where a vowel goes on with the same pitch
VIBRATO_DB, UNSTEADY_DB = 0.6, 0.5
FADE_IN_S, SOFT_IN_S, FADE_OUT_S, SOFT_OUT_S = 0.006, 0.03, 0.012, 0.15
SILENT_DB = -120.0


def contour_db(line: Sequence[Syllable], times_s: Floats, vibrato: Floats, rng: np.random.Generator) -> Floats:
    """Gain in dB against an even voice, at times STEP_S apart."""
    start_s, end_s = line[0].start_s, line[-1].end_s
    part = np.clip((times_s - start_s) / max(end_s - start_s, 1e-3), 0.0, 1.0)
    gain = ARCH_DB * (np.sin(np.pi * part**0.9) - 0.6)
    notes = [note for syllable in line for note in syllable.notes]
    middle = float(np.mean([note.pitch for note in notes]))
    knots_s, levels = [], []
    for syllable in line:
        accent = STRESS_DB[syllable.held.stress] if len(line) > 1 else 0.0
        for note in syllable.notes:
            level = accent + float(np.clip(PER_SEMITONE_DB * (note.pitch - middle), -PITCH_DB, PITCH_DB))
            knots_s += [note.start_s + 0.01, max(note.end_s - 0.03, note.start_s + 0.02)]
            levels += [level, level]
            gain += _shape(times_s, note.start_s, note.end_s)
        for before, after in pairwise(syllable.notes):
            if after.start_s - before.end_s >= REST_S:
                edge_s = np.minimum(times_s - before.end_s, after.start_s - times_s)
                gain += SILENT_DB * np.clip(edge_s / SOFT_IN_S + 0.5, 0.0, 1.0)
            elif before.pitch == after.pitch:
                away = np.abs(times_s - after.start_s) / AGAIN_S
                gain -= AGAIN_DB * np.cos(np.pi / 2 * np.clip(away, 0.0, 1.0)) ** 2
    order = np.argsort(knots_s, kind="stable")
    gain += np.interp(times_s, np.array(knots_s)[order], np.array(levels)[order])
    unsteady = UNSTEADY_DB * slow_noise(times_s.size, STEP_S, 3.0, rng)
    return np.asarray(gain + VIBRATO_DB * vibrato + unsteady)


def _shape(times_s: Floats, start_s: float, end_s: float) -> Floats:
    """A note is attacked, swells where it is long, and decays."""
    length_s = end_s - start_s
    at_s = times_s - start_s
    is_inside = (at_s >= 0) & (times_s < end_s)
    attack = -ATTACK_DB * np.clip(1 - at_s / min(ATTACK_S, 0.3 * length_s), 0.0, 1.0)
    part = np.clip(at_s / length_s, 0.0, 1.0)
    swell = (
        SWELL_DB * min(length_s / SWELLS_S - 0.5, 1.0) * np.sin(np.pi * part) ** 2 if length_s > SWELLS_S / 2 else 0.0
    )
    decay = -DECAY_DB * min(length_s / DECAYS_S - 1, 1.0) * part**2 if length_s > DECAYS_S else 0.0
    return np.asarray(np.where(is_inside, attack + swell + decay, 0.0))


def fades(number: Numbers, places: Sequence[Placed]) -> Floats:
    """Amplitude 0 to 1: gentle where a vowel begins or ends beside silence, quick where a consonant does."""
    gain = (number >= 0).astype(np.float64)
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], gain, [0.0]])))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        begins, ends = places[int(number[first])].phone, places[int(number[last - 1])].phone
        rise_s = FADE_IN_S if begins.kind in {Kind.UNVOICED, Kind.VOICED} else SOFT_IN_S
        fall_s = FADE_OUT_S if ends.kind in {Kind.UNVOICED, Kind.VOICED} else SOFT_OUT_S
        size = last - first
        at = np.arange(size)
        rise, fall = min(rise_s / STEP_S, size / 3), min(fall_s / STEP_S, size / 2)
        edge = np.minimum(np.clip((at + 0.5) / rise, 0.0, 1.0), np.clip((size - at - 0.5) / fall, 0.0, 1.0))
        gain[first:last] = np.sin(np.pi / 2 * edge) ** 2
    return gain
