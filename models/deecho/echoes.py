"""Echoes as a filter, and the filter that takes them off."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REACH = 24  # samples on each side of a delay between two samples
BETA = 6.0  # of the Kaiser window
STEP = 0.01  # samples
MOST = 0.98  # of full feedback: beyond that what takes an echo off would ring


@dataclass(frozen=True, slots=True)
class Echo:
    """H(z) = (1 + direct z^-delay) / (1 - feedback z^-delay), delay in samples.

    Direct alone is one repeat, feedback alone a row of repeats, each as much weaker than the one before.
    """

    delay: float
    direct: float
    feedback: float

    @property
    def gain(self) -> float:
        """Of the first repeat."""
        return self.direct + self.feedback


def taps(delay: float) -> tuple[int, Floats]:
    """The first tap and the values of a filter that delays by `delay` samples: a Kaiser-windowed sinc."""
    whole = round(delay)
    if delay == whole:
        return whole, np.ones(1)
    return whole - REACH, _between(delay - whole)


def tap_slopes(delay: float) -> tuple[int, Floats]:
    """The first tap and the values of the filter that `taps` changes by, per sample of delay."""
    whole = round(delay)
    return whole - REACH, (_between(delay - whole + STEP) - _between(delay - whole - STEP)) / (2 * STEP)


def _between(part: float) -> Floats:
    t = np.arange(-REACH, REACH + 1) - part
    window = np.i0(BETA * np.sqrt(np.clip(1 - (t / (REACH + 1)) ** 2, 0, 1))) / np.i0(BETA)
    return np.asarray(np.sinc(t) * window)


@dataclass(frozen=True, slots=True)
class Sparse:
    """A filter with a few taps: 1 + sum of gain times delay."""

    delays: NDArray[np.int64]
    gains: Floats

    @classmethod
    def of(cls, parts: list[tuple[float, float]]) -> "Sparse":
        """From pairs of delay in samples and gain; gains of 0 are left out."""
        delays, gains = [np.zeros(0, np.int64)], [np.zeros(0)]
        for delay, gain in parts:
            if gain:
                first, values = taps(delay)
                delays.append(first + np.arange(values.size))
                gains.append(gain * values)
        return cls(np.concatenate(delays), np.concatenate(gains))

    def log_response(self, size: int) -> Floats:
        """Logarithm of its power at size // 2 + 1 frequencies."""
        from scipy.fft import rfft

        impulse = np.zeros(size)
        impulse[0] = 1.0
        np.add.at(impulse, self.delays, self.gains)
        spectrum = rfft(impulse)
        return np.asarray(np.log(np.maximum(np.square(spectrum.real) + np.square(spectrum.imag), 1e-12)))

    @property
    def most(self) -> float:
        """The greatest gain of all that comes after the first tap, at any frequency."""
        if self.delays.size == 0:
            return 0.0
        impulse = np.zeros(1 << math.ceil(math.log2(2 * int(self.delays.max()) + 2)))
        np.add.at(impulse, self.delays, self.gains)
        return float(np.abs(np.fft.rfft(impulse)).max())


class Inverse:
    """Takes echoes off block by block; keeps the last second between blocks. One instance per recording."""

    def __init__(self, echoes: list[Echo], channels: int) -> None:
        self.direct = Sparse.of([(echo.delay, echo.direct) for echo in echoes])
        self.feedback = Sparse.of([(echo.delay, -echo.feedback) for echo in echoes])
        delays = np.concatenate([self.direct.delays, self.feedback.delays, [1]])
        self._memory = int(delays.max())
        self._step = int(self.direct.delays.min(initial=1 << 16))
        self._heard = np.zeros((channels, self._memory))
        self._clean = np.zeros((channels, self._memory))

    def apply(self, block: Floats) -> Floats:
        """Blocks of shape (channels, frames) in, as many frames out."""
        memory, frames = self._memory, block.shape[1]
        heard = np.concatenate([self._heard, block], axis=1)
        clean = np.concatenate([self._clean, block], axis=1)
        out = clean[:, memory:]
        for delay, gain in zip(self.feedback.delays, self.feedback.gains, strict=True):
            out += gain * heard[:, memory - delay : memory - delay + frames]
        # A block of at most the shortest delay needs nothing of itself.
        for first in range(memory, memory + frames, self._step):
            end = min(first + self._step, memory + frames)
            for delay, gain in zip(self.direct.delays, self.direct.gains, strict=True):
                clean[:, first:end] -= gain * clean[:, first - delay : end - delay]
        self._heard, self._clean = heard[:, frames:], clean[:, frames:].copy()
        return out


def is_stable(echoes: list[Echo]) -> bool:
    """Whether what takes them off dies away."""
    return Sparse.of([(echo.delay, echo.direct) for echo in echoes]).most < MOST


def log_response(echoes: list[Echo], size: int) -> Floats:
    """Logarithm of the power response of the echoes at size // 2 + 1 frequencies."""
    direct = Sparse.of([(echo.delay, echo.direct) for echo in echoes])
    feedback = Sparse.of([(echo.delay, -echo.feedback) for echo in echoes])
    return direct.log_response(size) - feedback.log_response(size)
