"""A gentle soft clipper without audible aliasing."""

from collections.abc import Iterator

import numpy as np
from numba import njit

from models.base import Samples
from models.dsp.true_peak import TAPS, factor_for, phases

KNEE_DB = 3.0  # below the ceiling of the clipper, where the bend begins


@njit(cache=True, nogil=True)
def _over(x: float, knee: float, room: float) -> float:
    """What the clipper takes away at one instant."""
    over = abs(x) - knee
    if over <= 0:
        return 0.0
    kept = room * over / (room + over)
    return over - kept if x > 0 else kept - over


@njit(cache=True, nogil=True, fastmath=True)
def _take_peaks(sounds: Samples, filters: Samples, knee: float, room: float, out: Samples) -> None:
    """Add to `out` what takes the peaks beyond the curve away, seen and taken at the oversampled rate.

    Both (channels, frames), float32, C-contiguous; the first and the last TAPS // 2 frames were or will be looked at
    with their neighbours.
    """
    factor = filters.shape[0] + 1
    half = TAPS // 2
    for channel in range(sounds.shape[0]):
        sound = sounds[channel]
        for n in range(half, sound.shape[0] - half):
            near = max(abs(sound[n]), abs(sound[n + 1]))
            taken = _over(sound[n], knee, room)
            if taken != 0.0:
                out[channel, n] -= taken / factor
            if near < 0.4 * knee:
                continue  # music does not rise so far between two samples
            for phase in range(factor - 1):
                x = 0.0
                for k in range(TAPS):
                    x += filters[phase, k] * sound[n - half + 1 + k]
                taken = _over(x, knee, room)
                if taken != 0.0:
                    for k in range(TAPS):
                        out[channel, n - half + 1 + k] -= taken / factor * filters[phase, k]


class SoftClipper:
    """Bends peaks so that they approach `ceiling_dbtp` and never reach it; nothing below 3 dB under it is touched.

    Works at 4 to 8 times the rate, on what is taken away alone: the rest passes bit by bit. One instance per recording.
    """

    def __init__(self, rate_hz: int, channels: int, ceiling_dbtp: float) -> None:
        self._filters = phases(factor_for(rate_hz))
        ceiling = 10 ** (ceiling_dbtp / 20)
        self._knee = ceiling * 10 ** (-KNEE_DB / 20)
        self._room = ceiling - self._knee
        self._held = np.zeros((channels, TAPS), np.float32)
        self._taken = np.zeros((channels, TAPS), np.float32)

    def process(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        """Blocks of shape (channels, frames) in, as many frames out."""
        late = TAPS
        for block in blocks:
            out = self._clip(block)
            yield out[:, late:]
            late = max(late - out.shape[1], 0)
        yield self._clip(np.zeros_like(self._held))[:, late:]

    def _clip(self, block: Samples) -> Samples:
        sound = np.concatenate([self._held, block], axis=1, dtype=np.float32)
        taken = np.concatenate([self._taken, np.zeros_like(block, dtype=np.float32)], axis=1)
        _take_peaks(sound, self._filters, self._knee, self._room, taken)
        frames = block.shape[1]
        self._held, self._taken = sound[:, frames:].copy(), taken[:, frames:].copy()
        return np.asarray(sound[:, :frames] + taken[:, :frames], np.float32)
