"""The pitch of a sung line: steps of the score, and what a singer makes of them.

Glides with overshoot and preparation, vibrato and fine fluctuation are those that make a pitch sound sung (Saitou,
Unoki and Akagi 2005); sizes are smaller, so that the tune stays in tune.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.base import SungNote
from models.singing.timing import slow_noise

Floats = NDArray[np.float64]
GLIDE_S, GLIDE_SHARE, BEFORE = 0.075, 0.5, 0.62  # length; at most of the shorter note; part of it before the note
OVERSHOOT, OVERSHOOT_CENTS, OVERSHOOT_S = 0.07, 30.0, 0.1
PREPARATION, PREPARATION_CENTS, PREPARATION_S = 0.04, 18.0, 0.06
SCOOP_CENTS, SCOOP_S, SCOOPED_S = 90.0, 0.09, 0.2  # depth, length, of notes that last so long
FALL_CENTS, FALL_S = 45.0, 0.05
VIBRATO_S, VIBRATO_DELAY_S, VIBRATO_GROWS_S = 0.42, 0.22, 0.5  # of notes that last so long
VIBRATO_CENTS, VIBRATO_HZ = (24.0, 40.0), (5.2, 5.9)
DRIFT_CENTS, JITTER_CENTS = 3.5, 2.0
STEP_S = 0.005
CENT = 0.01  # of a semitone


def pitch(notes: Sequence[SungNote], times_s: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Semitones (MIDI) at times STEP_S apart, and how far up the vibrato is, -1 to 1. `notes`: in order, apart."""
    tones: Floats = np.full(times_s.size, float(notes[0].pitch))
    for before, after in pairwise(notes):
        tones += _step(before, after, times_s)
    first, last = notes[0], notes[-1]
    if first.end_s - first.start_s >= SCOOPED_S:
        depth = SCOOP_CENTS * CENT * rng.uniform(0.5, 1.0)
        tones -= depth * np.exp(-np.maximum(times_s - first.start_s + 0.02, 0.0) / (SCOOP_S / 3))
    tones -= FALL_CENTS * CENT * np.clip((times_s - last.end_s + FALL_S) / FALL_S, 0.0, 1.0) ** 2
    vibrato = np.zeros(times_s.size)
    wave = np.zeros(times_s.size)
    for note in notes:
        depths, turn = _vibrato(note, times_s, rng)
        vibrato += depths * turn
        wave += np.where(depths > 0, turn * np.minimum(depths / (VIBRATO_CENTS[1] * CENT), 1.0), 0.0)
    drift = DRIFT_CENTS * slow_noise(times_s.size, STEP_S, 1.0, rng)
    jitter = JITTER_CENTS * slow_noise(times_s.size, STEP_S, 14.0, rng)
    return np.asarray(tones + vibrato + CENT * (drift + jitter)), np.clip(wave, -1, 1)


def _step(before: SungNote, after: SungNote, times_s: Floats) -> Floats:
    """What the tones rise by from one note to the next."""
    size = float(after.pitch - before.pitch)
    if not size:
        return np.zeros(times_s.size)
    shorter_s = min(before.end_s - before.start_s, after.end_s - after.start_s)
    glide_s = min(GLIDE_S, GLIDE_SHARE * shorter_s)
    begin_s = after.start_s - BEFORE * glide_s
    part = np.clip((times_s - begin_s) / glide_s, 0.0, 1.0)
    shape = size * part * part * (3 - 2 * part)
    if shorter_s < 3 * GLIDE_S:
        return np.asarray(shape)
    over = np.sign(size) * min(abs(size) * OVERSHOOT, OVERSHOOT_CENTS * CENT)
    under = np.sign(size) * min(abs(size) * PREPARATION, PREPARATION_CENTS * CENT)
    shape += over * _bump(times_s, begin_s + 0.8 * glide_s, OVERSHOOT_S)
    shape -= under * _bump(times_s, begin_s - 0.8 * PREPARATION_S, PREPARATION_S)
    return np.asarray(shape)


def _bump(times_s: Floats, start_s: float, length_s: float) -> Floats:
    return np.asarray(np.sin(np.pi * np.clip((times_s - start_s) / length_s, 0.0, 1.0)) ** 2)


def _vibrato(note: SungNote, times_s: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Depth in semitones and the wave, of one note; both are zero elsewhere."""
    length_s = note.end_s - note.start_s
    if length_s < VIBRATO_S:
        return np.zeros(times_s.size), np.zeros(times_s.size)
    delay_s = min(VIBRATO_DELAY_S * rng.uniform(0.8, 1.5), 0.5 * length_s)
    since_s = times_s - note.start_s - delay_s
    least, most = VIBRATO_CENTS
    depth_cents = (least + (most - least) * np.clip(since_s / 2.0, 0.0, 1.0)) * rng.uniform(0.85, 1.0)
    grown = np.clip(since_s / min(VIBRATO_GROWS_S, 0.5 * length_s), 0.0, 1.0) ** 1.2
    leaves = np.clip((note.end_s - times_s) / 0.06, 0.0, 1.0)
    rate_hz = rng.uniform(*VIBRATO_HZ) * (1 + 0.03 * slow_noise(times_s.size, STEP_S, 0.8, rng))
    phase = 2 * np.pi * np.cumsum(np.where(since_s > 0, rate_hz, 0.0)) * STEP_S
    is_inside = (since_s > 0) & (times_s < note.end_s)
    return np.where(is_inside, depth_cents * CENT * grown * leaves, 0.0), np.sin(phase)
