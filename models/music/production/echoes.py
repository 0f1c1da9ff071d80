"""Echoes in the time of the song, and rooms."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Samples

LONGEST_S = 3.0
DULL_HZ, THIN_HZ = 3800.0, 250.0  # each echo keeps what is between


class Echo:
    """Echoes that go from side to side, each duller and thinner than the one before. For sound that comes in blocks."""

    def __init__(self, delay_s: float, feedback: float, rate_hz: int) -> None:
        self._ring = np.zeros((2, max(round(min(delay_s, LONGEST_S) * rate_hz), 1)))
        self._at = np.zeros(1, np.int64)
        self._tone = np.zeros((2, 2))
        self._feedback = feedback
        self._dull, self._thin = (1 - np.exp(-2 * np.pi * hz / rate_hz) for hz in (DULL_HZ, THIN_HZ))

    def of(self, block: Samples) -> Samples:
        """Only the echoes of a block, of shape (2, frames), whatever its number of channels."""
        out = np.empty((2, block.shape[1]), np.float32)
        _bounce(block.mean(axis=0), out, self._ring, self._at, self._tone, self._feedback, self._dull, self._thin)
        return out


@njit(cache=True, nogil=True)
def _bounce(
    sound: Samples, out: Samples, ring: NDArray[np.float64], at: NDArray[np.int64], tone: NDArray[np.float64],
    feedback: float, dull: float, thin: float,
) -> None:  # fmt: skip
    """The left delay hears the sound and the right one, the right delay hears the left one."""
    size = ring.shape[1]
    place = at[0]
    for n in range(sound.shape[0]):
        left, right = ring[0, place], ring[1, place]
        out[0, n], out[1, n] = left, right
        for side in range(2):
            x = sound[n] + feedback * right + 1e-15 if side == 0 else feedback * left + 1e-15
            tone[side, 0] += dull * (x - tone[side, 0])
            tone[side, 1] += thin * (tone[side, 0] - tone[side, 1])
            ring[side, place] = tone[side, 0] - tone[side, 1]
        place = place + 1 if place + 1 < size else 0
    at[0] = place
