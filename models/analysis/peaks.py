"""Spectral peaks over time: the tonal part of a recording in a few numbers per frame.

A peak is a local maximum that stands out from its surroundings in frequency, so that drums and noise leave few.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report, Samples

Floats = NDArray[np.float32]
HOP = 4096  # at 22,050 Hz: 0.19 s
CHUNK_FRAMES = 256
FLOOR = 0.01  # of the frame's strongest bin
SILENT = 1e-4
STANDS_OUT = 3.0  # times the median around it


@dataclass(frozen=True, slots=True)
class Band:
    """Where to look: window in samples, limits in Hz, and how many peaks a frame may have."""

    window: int
    low_hz: float
    high_hz: float
    most: int


MELODY = Band(8192, 150.0, 2000.0, 24)
BASS = Band(16384, 38.0, 180.0, 4)


@dataclass(frozen=True, slots=True)
class Peaks:
    """Frequencies in Hz and magnitudes, shape (frames, most); a magnitude of 0 means no peak."""

    hz: Floats
    magnitude: Floats


def find_peaks(audio: Audio, band: Band, report: Report) -> Peaks:
    """Peaks of a mono recording, frame by frame in blocks: memory does not grow with the samples.

    Frame n is centred at n · HOP. Frequencies are refined by a parabola through the logarithms of three bins.
    """
    mono = audio.samples[0]
    frames = 1 + mono.shape[0] // HOP
    hz = np.zeros((frames, band.most), np.float32)
    magnitude = np.zeros((frames, band.most), np.float32)
    window = np.hanning(band.window).astype(np.float32)
    for first in range(0, frames, CHUNK_FRAMES):
        last = min(first + CHUNK_FRAMES, frames)
        spectra = _spectra(mono, first, last, window)
        hz[first:last], magnitude[first:last] = _peaks(spectra, band, audio.rate_hz)
        report(last / frames)
    return Peaks(hz, magnitude)


def _spectra(mono: Samples, first: int, last: int, window: Floats) -> Floats:
    """Magnitudes of frames `first` to `last`, silence assumed outside the recording."""
    import scipy.fft

    size = window.size
    start, stop = first * HOP - size // 2, (last - 1) * HOP + size - size // 2
    part = np.asarray(mono[max(start, 0) : max(stop, 0)], np.float32)
    part = np.pad(part, (max(-start, 0), max(stop - start - max(-start, 0) - part.size, 0)))
    views = np.lib.stride_tricks.sliding_window_view(part, size)[::HOP]
    magnitudes: Floats = np.abs(scipy.fft.rfft(views * window, axis=1)).astype(np.float32)
    return magnitudes


def _peaks(spectra: Floats, band: Band, rate_hz: int) -> tuple[Floats, Floats]:
    from scipy.ndimage import median_filter

    bin_hz = rate_hz / band.window
    low, high = int(band.low_hz / bin_hz), int(band.high_hz / bin_hz) + 2
    part = spectra[:, low - 1 : high + 1]
    around = median_filter(part, size=(1, 41 if band.most > BASS.most else 25))
    inner = part[:, 1:-1]
    loudest = spectra.max(axis=1, keepdims=True)
    is_peak = (inner >= part[:, :-2]) & (inner > part[:, 2:])
    is_peak &= (inner > FLOOR * loudest) & (inner > STANDS_OUT * around[:, 1:-1]) & (inner > SILENT)
    strength = np.where(is_peak, inner, 0.0)
    most = min(band.most, strength.shape[1])
    best = np.argpartition(strength, -most, axis=1)[:, -most:]
    rows = np.arange(strength.shape[0])[:, None]
    left, mid, right = (np.log(part[rows, best + step] + 1e-9) for step in (0, 1, 2))
    curve = left - 2 * mid + right
    shift = np.clip(np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, -1.0), 0.0), -0.5, 0.5)
    hz = (low + best + shift) * bin_hz
    magnitude = strength[rows, best]
    missing = band.most - most
    return (
        np.pad(hz, ((0, 0), (0, missing))).astype(np.float32),
        np.pad(magnitude, ((0, 0), (0, missing))).astype(np.float32),
    )
