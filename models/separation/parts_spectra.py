"""A stretch of a stem as short-time spectra, and its parts from shares of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.dsp.spectra import Spectra, Stft, power_of

FRAME_S = 0.046
SILENT = 1e-6  # peak
Floats = NDArray[np.float32]


@dataclass
class Chunk:
    """`samples`: (channels, frames)."""

    samples: Samples
    rate_hz: int
    frame_s: float = FRAME_S

    @property
    def is_silent(self) -> bool:
        return float(np.abs(self.samples).max(initial=0.0)) < SILENT

    @cached_property
    def stft(self) -> Stft:
        return Stft(self.rate_hz, self.frame_s)

    @cached_property
    def spectra(self) -> Spectra:
        """(channels, steps, bins)."""
        return np.stack([self.stft.forward(channel) for channel in self.samples])

    @cached_property
    def power(self) -> Floats:
        """(steps, bins), the sum over the channels."""
        return np.asarray(power_of(self.spectra).sum(axis=0), np.float32)

    @cached_property
    def hz(self) -> NDArray[np.float64]:
        """Frequency of each bin."""
        return np.asarray(np.arange(self.stft.bins) * self.stft.bin_hz, np.float64)

    @cached_property
    def mono(self) -> Samples:
        return np.asarray(self.samples.mean(axis=0), np.float32)

    def split(self, shares: Floats) -> Samples:
        """Parts (parts, channels, frames) from shares (parts, steps, bins)."""
        return self.assemble(self.spectra * share for share in shares)

    def assemble(self, parts: Iterable[Spectra]) -> Samples:
        """Parts (parts, channels, frames) from their spectra; what rounding lost goes to the loudest."""
        frames = self.samples.shape[1]
        out = np.stack([np.stack([self.stft.inverse(channel, frames) for channel in part]) for part in parts])
        loudest = int(np.square(out).sum(axis=(1, 2)).argmax())
        out[loudest] += self.samples - out.sum(axis=0)
        return np.asarray(out, np.float32)


def shares_of(power: Floats, floor: float = 1e-12) -> Floats:
    """Shares of each part (parts, …) of a modelled power (parts, …); the first axis sums to 1."""
    total = power.sum(axis=0) + floor * len(power)
    return np.asarray((power + floor) / total, np.float32)
