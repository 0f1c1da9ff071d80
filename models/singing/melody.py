"""The pitch of a sung line over time: slides, scoops, vibrato and the small drift of every voice."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from models.base import SungNote

Floats = NDArray[np.float64]
SLIDE_S = 0.07
SCOOP_TONES, SCOOP_S = 0.8, 0.09
VIBRATO_AFTER_S, VIBRATO_GROWS_S, VIBRATO_HZ, VIBRATO_CENTS = 0.28, 0.5, 5.5, 38.0
SHORTEST_VIBRATO_S = 0.55
DRIFT_CENTS, DRIFT_S = 4.0, 0.25


def tones(notes: Sequence[SungNote], start_s: float, frames: int, step_s: float, rng: np.random.Generator) -> Floats:
    """MIDI pitch of each frame from `start_s` on, `step_s` apart; it goes on through rests and consonants."""
    times = np.asarray(start_s + np.arange(frames) * step_s, dtype=np.float64)
    firsts = np.array([note.start_s for note in notes])
    # A slide is over when the vowel has begun: half of it lies before the note.
    number = np.clip(np.searchsorted(firsts, times + SLIDE_S / 4, side="right") - 1, 0, len(notes) - 1)
    pitch = np.array([float(note.pitch) for note in notes])[number]
    curve = gaussian_filter1d(pitch, SLIDE_S / 4 / step_s, mode="nearest")
    curve -= (
        SCOOP_TONES * np.exp(-np.maximum(times - firsts[0], 0.0) / (SCOOP_S / 3)) * (times < firsts[0] + SCOOP_S * 3)
    )
    for note in notes:
        curve += _vibrato(note, times, rng)
    drift = gaussian_filter1d(rng.standard_normal(frames), DRIFT_S / step_s, mode="nearest")
    return np.asarray(curve + DRIFT_CENTS / 100 * drift / max(float(drift.std()), 1e-9))


def _vibrato(note: SungNote, times: Floats, rng: np.random.Generator) -> Floats:
    held_s = note.end_s - note.start_s
    if held_s < SHORTEST_VIBRATO_S:
        return np.zeros(times.size)
    since = times - note.start_s - VIBRATO_AFTER_S
    grown = np.clip(since / VIBRATO_GROWS_S, 0, 1) * np.clip((note.end_s - times) / 0.08, 0, 1)
    rate_hz = VIBRATO_HZ * rng.uniform(0.94, 1.06)
    depth = VIBRATO_CENTS / 100 * rng.uniform(0.75, 1.1)
    return np.asarray(depth * grown * np.sin(2 * np.pi * rate_hz * since))
