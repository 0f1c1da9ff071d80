"""Echoes as a filter, and the filter that takes them off."""

import math
from collections.abc import Iterable
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
class Part:
    """A piece of an impulse response: values from the tap `first` on."""

    first: int
    values: Floats

    def delayed(self, sound: Floats, start: int, frames: int) -> Floats:
        """`frames` samples of the sound, shape (channels, any), filtered; the first is that at `start`."""
        if self.values.size == 1:
            at = start - self.first
            return np.asarray(self.values[0] * sound[:, at : at + frames])
        longest = self.first + self.values.size - 1
        needed = sound[:, start - longest : start - self.first + frames]
        return np.stack([np.convolve(row, self.values, mode="valid") for row in needed])


@dataclass(frozen=True, slots=True)
class Response:
    """H(z) = (1 + direct) / (1 - feedback), each the sum of its parts."""

    direct: tuple[Part, ...] = ()
    feedback: tuple[Part, ...] = ()

    @classmethod
    def of(cls, echoes: Iterable[Echo]) -> "Response":
        """Gains of 0 are left out."""
        direct, feedback = [], []
        for echo in echoes:
            first, values = taps(echo.delay)
            if echo.direct:
                direct.append(Part(first, echo.direct * values))
            if echo.feedback:
                feedback.append(Part(first, echo.feedback * values))
        return cls(tuple(direct), tuple(feedback))

    @property
    def memory(self) -> int:
        """How many samples back it reaches."""
        return max((part.first + part.values.size - 1 for part in (*self.direct, *self.feedback)), default=1)

    @property
    def is_stable(self) -> bool:
        """Whether what takes the echoes off dies away."""
        size = 1 << math.ceil(math.log2(2 * self.memory + 2))
        return float(np.abs(np.fft.rfft(_impulse(self.direct, size))).max()) < MOST

    def log_power(self, size: int) -> Floats:
        """Logarithm of its power at size // 2 + 1 frequencies."""
        return _log_power(self.direct, 1.0, size) - _log_power(self.feedback, -1.0, size)


def _impulse(parts: Iterable[Part], size: int) -> Floats:
    impulse = np.zeros(size)
    for part in parts:
        impulse[part.first : part.first + part.values.size] += part.values
    return impulse


def _log_power(parts: Iterable[Part], sign: float, size: int) -> Floats:
    from scipy.fft import rfft

    impulse = sign * _impulse(parts, size)
    impulse[0] += 1.0
    spectrum = rfft(impulse)
    return np.asarray(np.log(np.maximum(np.square(spectrum.real) + np.square(spectrum.imag), 1e-12)))


class Inverse:
    """Takes echoes off block by block; keeps the last second between blocks. One instance per recording."""

    def __init__(self, response: Response, channels: int) -> None:
        self._response = response
        self._step = min((part.first for part in response.direct), default=1 << 16)
        self._heard = np.zeros((channels, response.memory))
        self._clean = np.zeros((channels, response.memory))

    def apply(self, block: Floats) -> Floats:
        """Blocks of shape (channels, frames) in, as many frames out."""
        memory, frames = self._heard.shape[1], block.shape[1]
        heard = np.concatenate([self._heard, block], axis=1)
        clean = np.concatenate([self._clean, block], axis=1)
        out = clean[:, memory:]
        for part in self._response.feedback:
            out -= part.delayed(heard, memory, frames)
        # A block of at most the shortest delay needs nothing of itself.
        for first in range(memory, memory + frames, self._step):
            end = min(first + self._step, memory + frames)
            for late in [part.delayed(clean, first, end - first) for part in self._response.direct]:
                clean[:, first:end] -= late
        self._heard, self._clean = heard[:, frames:], clean[:, frames:].copy()
        return out


def without(sound: Floats, response: Response) -> Floats:
    """A sound of shape (frames,) with the echoes taken off."""
    is_any = response.direct or response.feedback
    return Inverse(response, 1).apply(sound[None])[0] if is_any else sound
