"""What of a recording the mastering matches: its loudness, how that varies, and the spectrum of its loud parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from models.base import Audio, Report, Samples
from models.dsp.loudness import BLOCK_FRAMES, LFE, LoudnessMeter, channel_weights, k_weighting
from models.dsp.third_octaves import TWELFTHS_HZ, Bands, SpectrumMeter, thirds

LOWEST_DB, HIGHEST_DB = -100, 20  # of the histogram of levels, in steps of 1 dB
LOUD_DB = 10.0  # below the mean level: the relative gate of BS.1770
QUARTERS = 4
TINY = 1e-20


@dataclass(frozen=True, slots=True)
class Profile:
    """Measured on one recording.

    loudness_lufs  integrated, BS.1770-5
    range_lu       spread of its momentary loudness, 10 to 95 %
    mid, side      power per twelfth octave of the loud parts; `mid` holds every channel that is not left or right
    quarters       power per third octave, all channels, of the quietest quarter that is not silent to the loudest
    """

    loudness_lufs: float
    range_lu: float
    mid: Bands
    side: Bands
    quarters: Bands

    @property
    def power(self) -> Bands:
        return self.mid + self.side

    @property
    def thirds(self) -> Bands:
        """Power per third octave."""
        return thirds(self.power)


def measure(audio: Audio, blocks: Iterable[Samples], report: Report) -> Profile:
    """The profile of `blocks`, which come from `audio` or were made of it; reads no more than a block at a time."""
    channels, frames = audio.samples.shape
    loudness = LoudnessMeter(audio.rate_hz, channels)
    spectrum = _LoudSpectrum(audio.rate_hz, channels)
    done = 0
    for block in blocks:
        loudness.add(block)
        spectrum.add(block)
        done += block.shape[1]
        report(done / max(frames, 1))
    (mid, side), quarters = spectrum.end()
    return Profile(loudness.integrated_lufs, loudness.momentary_range_lu, mid, side, quarters)


def blocks_of(audio: Audio) -> Iterator[Samples]:
    """A recording piece by piece, so that of a mapped file little is in memory."""
    for first in range(0, audio.samples.shape[1], BLOCK_FRAMES):
        yield np.asarray(audio.samples[:, first : first + BLOCK_FRAMES], np.float32)


class _LoudSpectrum:
    """Spectra gathered by their level, as the gate is known only at the end."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._meter = SpectrumMeter(rate_hz, channels)
        self._others = np.flatnonzero(channel_weights(channels)[2:] != LFE) + 2
        self._weights = k_weights(rate_hz)
        levels = HIGHEST_DB - LOWEST_DB
        self._sums = np.zeros((levels, 2, TWELFTHS_HZ.size))
        self._counts = np.zeros(levels, np.int64)

    def add(self, block: Samples) -> None:
        """Left and right become mid and side before they are measured."""
        if block.shape[0] > 1:
            block = block.copy()
            block[:2] = mid_side(block[:2])
        self._gather(self._meter.add(block))

    def _gather(self, powers: Bands) -> None:
        if powers.shape[0] == 1:
            pairs = np.stack([powers[0], np.zeros_like(powers[0])], axis=1)
        else:
            pairs = np.stack([powers[0] + powers[self._others].sum(axis=0), powers[1]], axis=1)
        level = 10 * np.log10(pairs.sum(axis=1) @ self._weights + TINY)
        slots = np.clip(np.floor(level) - LOWEST_DB, 0, self._counts.size - 1).astype(np.int64)
        np.add.at(self._sums, slots, pairs)
        np.add.at(self._counts, slots, 1)

    def end(self) -> tuple[Bands, Bands]:
        """Mean powers of mid and side while it is loud, (2, twelfths), and of both by level, (QUARTERS, thirds)."""
        self._gather(self._meter.end())
        sums, counts = self._sums[1:], self._counts[1:]  # without silence
        if not counts.any():
            return np.zeros(sums.shape[1:]), thirds(np.zeros((QUARTERS, sums.shape[2])))
        mean_db = 10 * np.log10((sums.sum(axis=(0, 1)) @ self._weights) / counts.sum() + TINY)
        first = int(np.clip(np.floor(mean_db - LOUD_DB) - LOWEST_DB - 1, 0, counts.size - 1))
        loud = sums[first:].sum(axis=0) / max(counts[first:].sum(), 1)
        edges = np.concatenate([[0], np.cumsum(counts)]) * (QUARTERS / counts.sum())
        parts = np.arange(QUARTERS)[:, None]
        shares = np.clip(np.minimum(edges[1:], parts + 1) - np.maximum(edges[:-1], parts), 0, None)  # of each level
        means = sums.sum(axis=1) / np.maximum(counts, 1)[:, None]
        return loud, thirds(shares @ means)


def mid_side(pair: Samples) -> Samples:
    """Left and right to mid and side, or back; the power stays."""
    return np.stack([pair[0] + pair[1], pair[0] - pair[1]]) * np.float32(0.5**0.5)


def k_weights(rate_hz: int) -> Bands:
    """Power gain of the K filter at TWELFTHS_HZ."""
    from scipy.signal import sosfreqz

    nyquist_hz = rate_hz / 2
    _, response = sosfreqz(k_weighting(rate_hz), np.minimum(TWELFTHS_HZ, nyquist_hz), fs=rate_hz)
    return np.asarray(np.square(np.abs(response)), np.float64)
