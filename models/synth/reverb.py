"""A room for dry sound: convolution with decaying noise, block by block."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

SPLIT_HZ = 3_000.0
SEED = 20


@dataclass(frozen=True, slots=True)
class Room:
    """decay_s, damped_s: of lows and highs, to -60 dB; delay_s: until it answers; below low_cut_hz it is silent."""

    decay_s: float = 1.3
    damped_s: float = 0.5
    delay_s: float = 0.018
    low_cut_hz: float = 180.0  # a room that rings below muddies the bass


HALL = Room()


class Reverb:
    """Adds a stereo room at `level_db` (its energy, 0: as loud as the dry sound).

    The impulse response is Gaussian noise, other in each channel, that decays exponentially, its highs faster
    (Moorer 1979). Keeps the room's tail between blocks; `tail()` gives the rest.
    """

    def __init__(self, rate_hz: int, level_db: float, room: Room = HALL) -> None:
        self._response = _response(rate_hz, room) * np.float32(10 ** (level_db / 20))
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


def _response(rate_hz: int, room: Room) -> Samples:
    from scipy.signal import butter, sosfilt

    rng = np.random.default_rng(SEED)
    t = np.arange(round(room.decay_s * rate_hz)) / rate_hz
    noise = rng.normal(size=(2, t.size))
    split = butter(2, min(SPLIT_HZ, 0.4 * rate_hz), fs=rate_hz, output="sos")
    low = sosfilt(split, noise)
    low = sosfilt(butter(2, room.low_cut_hz, "highpass", fs=rate_hz, output="sos"), low)
    high = noise - sosfilt(split, noise)
    answer: NDArray[np.float64] = low * 10 ** (-3 * t / room.decay_s) + high * 10 ** (-3 * t / room.damped_s)
    answer *= np.minimum(t / 0.004, 1.0)
    answer /= np.sqrt(np.square(answer).sum(axis=1, keepdims=True))
    return np.pad(answer, ((0, 0), (round(room.delay_s * rate_hz), 0))).astype(np.float32)
