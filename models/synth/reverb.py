"""A room for dry sound: convolution with decaying noise, block by block."""

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

DECAY_S = 1.3  # of the lows, to -60 dB
DAMPED_S = 0.5  # of the highs
SPLIT_HZ = 3_000.0
LOW_CUT_HZ = 180.0  # a room that rings below muddies the bass
DELAY_S = 0.018
SEED = 20


class Reverb:
    """Adds a stereo room at `level_db` (its energy, 0: as loud as the dry sound).

    The impulse response is Gaussian noise, other in each channel, that decays exponentially, its highs faster
    (Moorer 1979). Keeps the room's tail between blocks; `tail()` gives the rest.
    """

    def __init__(self, rate_hz: int, level_db: float) -> None:
        self._response = _response(rate_hz) * np.float32(10 ** (level_db / 20))
        self._tail: Samples = np.zeros((2, self._response.shape[1] - 1), np.float32)

    def add(self, block: Samples) -> Samples:
        """The block, shape (2, frames), with the room it and those before it are heard in."""
        from scipy.signal import fftconvolve

        frames = block.shape[1]
        wet = fftconvolve(block, self._response, axes=1).astype(np.float32)
        wet[:, : self._tail.shape[1]] += self._tail
        self._tail = wet[:, frames:]
        return np.asarray(block + wet[:, :frames], np.float32)

    def tail(self) -> Samples:
        """What still sounds after the last block."""
        return self._tail


def _response(rate_hz: int) -> Samples:
    from scipy.signal import butter, sosfilt

    rng = np.random.default_rng(SEED)
    t = np.arange(round(DECAY_S * rate_hz)) / rate_hz
    noise = rng.normal(size=(2, t.size))
    split = butter(2, min(SPLIT_HZ, 0.4 * rate_hz), fs=rate_hz, output="sos")
    low = sosfilt(split, noise)
    low = sosfilt(butter(2, LOW_CUT_HZ, "highpass", fs=rate_hz, output="sos"), low)
    high = noise - sosfilt(split, noise)
    room: NDArray[np.float64] = low * 10 ** (-3 * t / DECAY_S) + high * 10 ** (-3 * t / DAMPED_S)
    room *= np.minimum(t / 0.004, 1.0)
    room /= np.sqrt(np.square(room).sum(axis=1, keepdims=True))
    return np.pad(room, ((0, 0), (round(DELAY_S * rate_hz), 0))).astype(np.float32)
