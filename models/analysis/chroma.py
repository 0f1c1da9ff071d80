"""Pitch classes from spectral peaks, the recording's own tuning, and whether it has pitches at all."""

import numpy as np

from models.analysis.peaks import Floats, Peaks

A4_HZ = 440.0
SEMITONES = 12
COMPRESSION = 0.6  # of magnitudes, so that one loud note does not hide the chord
HARMONICS = 4  # of a peak that are also taken for a fundamental's overtone
HARMONIC_WEIGHT = 0.5
SAME_SEMITONES = 0.2  # two peaks no further apart are one held note
CHUNK_FRAMES = 1024


def tuning_semitones(peaks: Peaks) -> float:
    """How far the recording is from A = 440 Hz, −0.5 to 0.5: the circular mean of all deviations."""
    return float(np.angle(_grid(peaks)) / (2 * np.pi))


def tonality(peaks: Peaks) -> float:
    """How much the peaks are held notes of one tuning: near 0 for noise, over 0.8 for all music measured, at most 1.5.

    The share of peaks that were there one frame before, and up to as much for how well they fit a grid of semitones.
    """
    pitch = _semitones(peaks)
    kept = total = 0.0
    for first in range(1, peaks.hz.shape[0], CHUNK_FRAMES):
        last = min(first + CHUNK_FRAMES, peaks.hz.shape[0])
        now, before = pitch[first:last], pitch[first - 1 : last - 1]
        weight = peaks.magnitude[first:last] ** COMPRESSION
        held = (np.abs(now[:, :, None] - before[:, None, :]) < SAME_SEMITONES).any(axis=2)
        kept += float((weight * held).sum())
        total += float(weight.sum())
    if total == 0:
        return 0.0
    share = kept / total
    return share + min(abs(_grid(peaks)) / 2, share)


def _grid(peaks: Peaks) -> complex:
    """Mean of all deviations from semitones as turns of a circle: its angle is the tuning, its size how clear it is."""
    weight = peaks.magnitude**COMPRESSION
    total = float(weight.sum(dtype=np.float64))
    if total == 0:
        return 0j
    turns = np.exp(2j * np.pi * np.nan_to_num(_semitones(peaks)))
    return complex((turns * weight).sum() / total)


def _semitones(peaks: Peaks) -> Floats:
    """Above A = 440 Hz; NaN where there is no peak."""
    pitch: Floats = SEMITONES * np.log2(np.where(peaks.magnitude > 0, peaks.hz, np.nan) / np.float32(A4_HZ))
    return pitch


def chroma(peaks: Peaks, tuning: float) -> Floats:
    """Energy per pitch class, shape (frames, 12), C first. Peaks between two semitones count little.

    Each peak also votes, more weakly, for the notes whose overtone it may be (Gómez 2006, section 3.3).
    """
    frames = peaks.hz.shape[0]
    out = np.zeros((frames, SEMITONES), np.float32)
    weight = peaks.magnitude**COMPRESSION
    safe_hz = np.where(peaks.hz > 0, peaks.hz, A4_HZ).astype(np.float64)
    rows = np.broadcast_to(np.arange(frames)[:, None], peaks.hz.shape)
    for harmonic in range(1, HARMONICS + 1):
        pitch = SEMITONES * np.log2(safe_hz / harmonic / A4_HZ) - tuning + 9  # A is the tenth class
        nearest = np.rint(pitch)
        share = np.cos(np.pi * np.clip(pitch - nearest, -0.5, 0.5)) ** 2
        amount = weight * share * HARMONIC_WEIGHT ** (harmonic - 1)
        np.add.at(out, (rows, nearest.astype(int) % SEMITONES), amount.astype(np.float32))
    return out
