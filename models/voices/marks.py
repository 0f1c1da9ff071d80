"""Where the periods of a voice lie: one mark per period, at its loudest.

The sound is turned by the measured pitch until only the fundamental stands still (heterodyne, Flanagan and Golden
1966): its phase counts the periods without jitter, and corrects the pitch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from models.base import Samples
from models.voices.pitch import HOP, RATE_HZ, Pitch

Floats = NDArray[np.float64]
SMOOTH_S = 0.03  # other harmonics of voices above 66 Hz are gone
LOUDEST_S = 0.12
STEP = 8  # samples between the values that are kept: 0.5 ms
LONGEST = 1.6  # periods between neighbours


@dataclass(frozen=True, slots=True)
class Marks:
    """times_s: rising; periods_s: the period around each; starts_run: the first mark after a pause."""

    times_s: Floats
    periods_s: Floats
    starts_run: NDArray[np.bool_]


def marks_of(mono: Samples, pitch: Pitch) -> Marks:
    """Period marks of samples of shape (frames,) at 16 kHz, where they are voiced."""
    at = np.arange(0, mono.size, STEP)
    hz = np.interp(np.arange(mono.size), np.arange(pitch.hz.size) * HOP, pitch.hz)
    phase = np.cumsum(hz) * (2 * np.pi / RATE_HZ)
    phase_at = phase[at] + _angle(np.asarray(mono, np.float64), phase, SMOOTH_S)[at]
    phase_at = np.maximum.accumulate(phase_at)
    fine = np.interp(np.arange(mono.size), at, phase_at)
    periods = (phase_at + _angle(_loudness(mono), fine, LOUDEST_S)[at]) / (2 * np.pi)
    periods = np.maximum.accumulate(periods) + np.arange(at.size) * 1e-9
    times_s = np.interp(np.arange(np.ceil(periods[0]), periods[-1]), periods, at) / RATE_HZ
    step = np.minimum(np.rint(times_s * RATE_HZ / HOP).astype(np.int64), pitch.hz.size - 1)
    times_s, hz_there = times_s[pitch.is_voiced[step]], pitch.hz[step][pitch.is_voiced[step]]
    expected_s = 1 / hz_there
    gaps_s = np.diff(times_s, prepend=-1.0)
    keep = gaps_s > 0.5 * expected_s
    times_s, expected_s = times_s[keep], expected_s[keep]
    starts_run = np.diff(times_s, prepend=-1.0) > LONGEST * expected_s
    return Marks(times_s, expected_s, starts_run)


def _angle(sound: Floats, phase: Floats, window_s: float) -> Floats:
    """Phase in radians, unwrapped, of the part of `sound` that turns with `phase`, relative to it."""
    window = np.hanning(round(window_s * RATE_HZ) | 1)
    turned = fftconvolve(sound * np.exp(-1j * phase), window, mode="same")
    return np.asarray(np.unwrap(np.angle(turned)))


def _loudness(mono: Samples) -> Floats:
    """Power of what lies above the lowest partials: it peaks where the vocal folds close."""
    sharp = np.diff(np.asarray(mono, np.float64), prepend=float(mono[0]) if mono.size else 0.0)
    return np.asarray(np.square(sharp))
