"""True peaks after ITU-R BS.1770-5 annex 2: the signal between its samples by polyphase interpolation."""

import math

import numpy as np
from numba import njit

from models.base import Audio, Samples

TAPS = 48  # per phase; the 12 of the filter in the recommendation read low near half the rate
BETA = 6.0  # Kaiser window
BLOCK_FRAMES = 65_536
CHUNK = 1024  # frames that stay in the first-level cache
FINEST_HZ = 300_000  # oversampled at least so far
FACTORS = (4, 8)


def factor_for(rate_hz: int) -> int:
    """At least the 4 times at 48 kHz that the recommendation asks for: 8 there, 4 from 75 kHz on."""
    return next((factor for factor in FACTORS if factor * rate_hz >= FINEST_HZ), FACTORS[-1])


def phases(factor: int) -> Samples:
    """Interpolators for the `factor - 1` points between two samples, shape (factor - 1, TAPS), each of sum 1."""
    n = np.arange(TAPS) - (TAPS // 2 - 1)
    rows = []
    for phase in range(1, factor):
        t = n - phase / factor
        row = np.sinc(t) * np.i0(BETA * np.sqrt(np.clip(1 - (t / (TAPS / 2)) ** 2, 0, 1)))
        rows.append(row / row.sum())
    return np.array(rows, np.float32)


@njit(cache=True, fastmath=True, nogil=True)
def highest_between(padded: Samples, filters: Samples, out: Samples) -> None:
    """out[n]: the greatest magnitude over channels at frame n and between it and the next one.

    padded: (channels, TAPS // 2 - 1 + frames + TAPS // 2), float32, C-contiguous.
    """
    channels = padded.shape[0]
    frames = out.shape[0]
    before = TAPS // 2 - 1
    sums = np.empty(CHUNK, np.float32)
    for first in range(0, frames, CHUNK):
        count = min(CHUNK, frames - first)
        for n in range(count):
            out[first + n] = 0.0
        for channel in range(channels):
            part = padded[channel, first : first + count + TAPS]
            for n in range(count):
                out[first + n] = max(out[first + n], abs(part[before + n]))
            for phase in range(filters.shape[0]):
                for n in range(count):
                    sums[n] = 0.0
                for k in range(0, TAPS, 4):
                    h0 = filters[phase, k]
                    h1 = filters[phase, k + 1]
                    h2 = filters[phase, k + 2]
                    h3 = filters[phase, k + 3]
                    for n in range(count):
                        sums[n] += h0 * part[n + k] + h1 * part[n + k + 1] + h2 * part[n + k + 2] + h3 * part[n + k + 3]
                for n in range(count):
                    out[first + n] = max(out[first + n], abs(sums[n]))


class PeakFinder:
    """Feeds `highest_between` from blocks; its answers come TAPS // 2 frames late."""

    DELAY = TAPS // 2

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._filters = phases(factor_for(rate_hz))
        self._held = np.zeros((channels, TAPS - 1), np.float32)

    def find(self, block: Samples) -> Samples:
        """For each frame of the block the peak DELAY frames earlier, linear, over all channels."""
        padded = np.concatenate([self._held, block], axis=1, dtype=np.float32)
        self._held = padded[:, block.shape[1] :].copy()
        peaks = np.empty(block.shape[1], np.float32)
        highest_between(padded, self._filters, peaks)
        return peaks


class TruePeakMeter:
    """Takes blocks of shape (channels, frames); `true_peak_dbtp` is that of all so far, -inf for silence."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._finder = PeakFinder(rate_hz, channels)
        self._channels = channels
        self._highest = 0.0

    def add(self, block: Samples) -> None:
        self._highest = max(self._highest, float(self._finder.find(block).max(initial=0.0)))

    @property
    def true_peak_dbtp(self) -> float:
        self.add(np.zeros((self._channels, TAPS), np.float32))
        return 20 * math.log10(self._highest) if self._highest else -math.inf


def true_peak_dbtp(audio: Audio) -> float:
    """True peak of a whole recording in dBTP; -inf for silence."""
    meter = TruePeakMeter(audio.rate_hz, audio.samples.shape[0])
    for first in range(0, audio.samples.shape[1], BLOCK_FRAMES):
        meter.add(audio.samples[:, first : first + BLOCK_FRAMES])
    return meter.true_peak_dbtp
