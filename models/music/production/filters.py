"""Second-order filters with their state (Bristow-Johnson, Audio EQ Cookbook), applied in place."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import butter

from models.base import Samples

Sections = NDArray[np.float64]
KEEP_AWAKE = 1e-15  # numbers too small for the processor's fast path would arise where sound dies away


def bell(hz: float, gain_db: float, quality: float, rate_hz: int) -> Sections:
    """A peaking equaliser."""
    amplitude, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate_hz
    alpha = np.sin(w) / (2 * quality)
    b = np.array([1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude])
    return np.asarray(np.concatenate([b, a])[None] / a[0])


def high_shelf(hz: float, gain_db: float, rate_hz: int) -> Sections:
    """A shelf of slope 1."""
    amplitude, w = 10 ** (gain_db / 40), 2 * np.pi * hz / rate_hz
    cos, root = np.cos(w), np.sin(w) * np.sqrt(2 * amplitude)
    b = amplitude * np.array([
        amplitude + 1 + (amplitude - 1) * cos + root,
        -2 * (amplitude - 1 + (amplitude + 1) * cos),
        amplitude + 1 + (amplitude - 1) * cos - root,
    ])  # fmt: skip
    a = np.array([
        amplitude + 1 - (amplitude - 1) * cos + root,
        2 * (amplitude - 1 - (amplitude + 1) * cos),
        amplitude + 1 - (amplitude - 1) * cos - root,
    ])  # fmt: skip
    return np.asarray(np.concatenate([b, a])[None] / a[0])


def high_pass(hz: float, rate_hz: int, order: int = 2) -> Sections:
    return np.asarray(butter(order, hz, "highpass", fs=rate_hz, output="sos"))


def low_pass(hz: float, rate_hz: int, order: int = 2) -> Sections:
    return np.asarray(butter(order, min(hz, 0.45 * rate_hz), fs=rate_hz, output="sos"))


def band_pass(low_hz: float, high_hz: float, rate_hz: int, order: int = 1) -> Sections:
    return np.asarray(butter(order, (low_hz, min(high_hz, 0.45 * rate_hz)), "bandpass", fs=rate_hz, output="sos"))


class Filter:
    """A chain of sections for sound that comes in blocks."""

    def __init__(self, channels: int, *filters: Sections) -> None:
        self._sections = np.concatenate(filters)
        self._state = np.zeros((channels, self._sections.shape[0], 2))

    def process(self, block: Samples) -> Samples:
        """The block itself, of shape (channels, frames), float32, filtered."""
        _cascade(block, self._sections, self._state)
        return block


def filtered(samples: Samples, *filters: Sections) -> Samples:
    """A filtered copy of samples of shape (channels, frames)."""
    return Filter(samples.shape[0], *filters).process(np.array(samples, np.float32))


@njit(cache=True, nogil=True)
def _cascade(block: Samples, sections: Sections, state: NDArray[np.float64]) -> None:
    """Transposed direct form II, section after section."""
    for channel in range(block.shape[0]):
        row = block[channel]
        for s in range(sections.shape[0]):
            b0, b1, b2 = sections[s, 0], sections[s, 1], sections[s, 2]
            a1, a2 = sections[s, 4], sections[s, 5]
            first, second = state[channel, s, 0], state[channel, s, 1]
            for n in range(row.shape[0]):
                x = row[n] + KEEP_AWAKE
                y = b0 * x + first
                first = b1 * x - a1 * y + second
                second = b2 * x - a2 * y
                row[n] = y
            state[channel, s, 0], state[channel, s, 1] = first, second
