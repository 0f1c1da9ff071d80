"""Pitch classes from spectral peaks, with the recording's own tuning."""

import numpy as np

from models.analysis.peaks import Floats, Peaks

A4_HZ = 440.0
SEMITONES = 12
COMPRESSION = 0.6  # of magnitudes, so that one loud note does not hide the chord
HARMONICS = 4  # of a peak that are also taken for a fundamental's overtone
HARMONIC_WEIGHT = 0.5


def tuning_semitones(peaks: Peaks) -> float:
    """How far the recording is from A = 440 Hz, −0.5 to 0.5: the circular mean of all deviations."""
    found = peaks.magnitude > 0
    if not found.any():
        return 0.0
    pitch = SEMITONES * np.log2(peaks.hz[found].astype(np.float64) / A4_HZ)
    turns = np.exp(2j * np.pi * pitch)
    mean = np.sum(turns * peaks.magnitude[found] ** COMPRESSION)
    return float(np.angle(mean) / (2 * np.pi)) if abs(mean) > 0 else 0.0


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
