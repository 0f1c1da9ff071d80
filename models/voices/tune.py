"""What engines with weights leave to be done: the pitch that was asked for, and the loudness of the original."""

from typing import Any

import numpy as np
from scipy.ndimage import uniform_filter1d

from models.base import Samples
from models.voices.marks import marks_of
from models.voices.overlap import moved
from models.voices.pitch import HOP, RATE_HZ, SEMITONES, Pitch, pitch_of

LOUDNESS_S = 0.4
LARGEST_GAIN = 10.0
QUIET = 1e-4  # of full scale: no more is heard of it
LARGEST_RATIO = 2.5


def shifted(detector: Any, mono: Samples, semitones: float) -> Samples:  # noqa: ANN401
    """Samples of shape (frames,) at 16 kHz, higher by `semitones`."""
    if not semitones or not mono.size:
        return mono
    marks = marks_of(mono, pitch_of(detector, mono))
    return moved(mono, RATE_HZ, marks, np.full(marks.times_s.size, 2 ** (semitones / SEMITONES)), None)[0]


def in_tune(detector: Any, mono: Samples, original: Pitch, semitones: float) -> Samples:  # noqa: ANN401
    """Samples of shape (frames,) at 16 kHz with the pitch of the original, higher by `semitones`."""
    if not mono.size:
        return mono
    marks = marks_of(mono, pitch_of(detector, mono))
    wanted_hz = np.interp(marks.times_s * RATE_HZ / HOP, np.arange(original.hz.size), original.hz)
    ratios = wanted_hz * marks.periods_s * 2 ** (semitones / SEMITONES)
    return moved(mono, RATE_HZ, marks, np.clip(ratios, 1 / LARGEST_RATIO, LARGEST_RATIO), None)[0]


def as_loud(mono: Samples, original: Samples) -> Samples:
    """Samples of shape (frames,) at 16 kHz with the loudness of the original, moment by moment."""
    size = round(LOUDNESS_S * RATE_HZ)

    def level(samples: Samples) -> Any:  # noqa: ANN401 - of scipy
        power = uniform_filter1d(np.square(samples, dtype=np.float64), size, mode="constant")
        return np.sqrt(np.maximum(power, 0.0)) + QUIET

    return np.asarray(mono * np.minimum(level(original) / level(mono), LARGEST_GAIN), np.float32)
