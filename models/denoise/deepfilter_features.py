"""The transform and the inputs of DeepFilterNet (Schröter et al. 2022 and 2023), as its networks were trained on."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.base import Samples

Real = NDArray[np.float32]
Complex = NDArray[np.complex64]
ERB_HZ, ERB_SCALE = 24.7, 9.265  # Glasberg & Moore 1990: width of an auditory filter at 0 Hz, filters per e-fold
LEVELS_DB = (-60.0, -90.0)  # mean level the networks expect at first in the lowest and highest band
SIZES = (0.001, 0.0001)  # mean magnitude in the lowest and highest filtered bin
LEVEL_SCALE_DB = 40.0


def band_widths(rate_hz: int, size: int, bands: int, least: int) -> NDArray[np.int64]:
    """Bins in each of `bands` bands, equally wide on the ERB scale but at least `least` bins; they add up to all."""
    top = ERB_SCALE * math.log1p(rate_hz / 2 / (ERB_HZ * ERB_SCALE))
    ends = ERB_HZ * ERB_SCALE * np.expm1(np.arange(1, bands + 1) * top / bands / ERB_SCALE)
    widths = np.zeros(bands, np.int64)
    before, owed = 0, 0  # bins that narrow bands have taken from those above
    for band, end in enumerate(np.floor(ends * size / rate_hz + 0.5).astype(int)):
        width = end - before - owed
        owed = max(least - width, 0)
        widths[band] = max(width, least)
        before = end
    widths[-1] += size // 2 + 1 - widths.sum()
    return widths


class Transform:
    """Short-time spectra under the window of Vorbis, scaled by 1 / size; carries on from call to call."""

    def __init__(self, size: int, hop: int) -> None:
        self._size, self._hop = size, hop
        half = np.sin(np.pi * (np.arange(size) + 0.5) / size)
        self._window = np.sin(0.5 * np.pi * half**2).astype(np.float32)
        self._scale = 2 * hop / size**2
        self._waiting = np.zeros(size - hop, np.float32)
        self._tail = np.zeros(size - hop, np.float32)

    def forward(self, samples: Samples) -> Complex:
        """Samples to spectra of shape (steps, bins); what does not fill a hop waits for the next call."""
        held = np.concatenate([self._waiting, samples]).astype(np.float32)
        steps = max((held.size - self._size) // self._hop + 1, 0)
        self._waiting = held[steps * self._hop :]
        if not steps:
            return np.zeros((0, self._size // 2 + 1), np.complex64)
        views = np.lib.stride_tricks.sliding_window_view(held, self._size)[:: self._hop][:steps]
        return np.asarray(fft.rfft(views * self._window, axis=1) * self._scale, np.complex64)

    def inverse(self, spectra: Complex) -> Samples:
        """A hop of samples for each step, late by size - hop."""
        parts = fft.irfft(spectra / self._scale, self._size, axis=1).astype(np.float32) * self._window
        # The squares of the window add up to size / (2 hop).
        parts *= 2 * self._hop / self._size
        out = np.zeros(parts.shape[0] * self._hop + self._tail.size, np.float32)
        out[: self._tail.size] = self._tail
        for step, part in enumerate(parts):
            out[step * self._hop : step * self._hop + self._size] += part
        done = parts.shape[0] * self._hop
        self._tail = out[done:].copy()
        return out[:done]


class Features:
    """What the encoder hears: band levels less their mean, and low bins over the root of their mean magnitude.

    Both means forget with the time constant `memory_s`.
    """

    def __init__(self, widths: NDArray[np.int64], filtered_bins: int, hop_s: float, memory_s: float) -> None:
        self._starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
        self._widths = widths
        self._filtered = filtered_bins
        self._keep = _rounded(math.exp(-hop_s / memory_s))
        self._level = np.linspace(*LEVELS_DB, widths.size)
        self._size = np.linspace(*SIZES, filtered_bins)

    def of(self, spectra: Complex) -> tuple[Real, Complex]:
        """Levels of shape (steps, bands) and scaled spectra of shape (steps, filtered bins)."""
        if not spectra.shape[0]:
            return np.zeros((0, self._widths.size), np.float32), np.zeros((0, self._filtered), np.complex64)
        power = np.square(spectra.real) + np.square(spectra.imag)
        level = 10 * np.log10(np.add.reduceat(power, self._starts, axis=1) / self._widths + 1e-10)
        low = spectra[:, : self._filtered]
        size = np.abs(low)
        levels, self._level = _means(level, self._level, self._keep)
        sizes, self._size = _means(size, self._size, self._keep)
        scaled = low / np.sqrt(np.maximum(sizes, 1e-20))
        return ((level - levels) / LEVEL_SCALE_DB).astype(np.float32), scaled.astype(np.complex64)


def _rounded(keep: float) -> float:
    """To three digits, or more if that would be 1."""
    digits = 3
    while round(keep, digits) >= 1:
        digits += 1
    return round(keep, digits)


def _means(values: Real, before: NDArray[np.float64], keep: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean up to each step, and the last."""
    from scipy.signal import lfilter

    means, _state = lfilter([1 - keep], [1, -keep], values.astype(np.float64), axis=0, zi=(keep * before)[None])
    return means, means[-1]
