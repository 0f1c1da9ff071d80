"""Short-time spectra of one channel and back."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.base import Samples

Spectra = NDArray[np.complex64]
OVERLAP = 4


class Stft:
    """Frames of about `frame_s` seconds, four over every sample, under the square root of a Hann window.

    `inverse(forward(x))` is x. frame, hop: samples; bins: frame // 2 + 1.
    """

    def __init__(self, rate_hz: int, frame_s: float) -> None:
        self.hop = int(fft.next_fast_len(max(round(frame_s * rate_hz / OVERLAP), 4), real=True))
        self.frame = OVERLAP * self.hop
        self.bins = self.frame // 2 + 1
        self.hop_s = self.hop / rate_hz
        self.bin_hz = rate_hz / self.frame
        self._window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.frame) / self.frame)).astype(np.float32)

    def forward(self, samples: Samples) -> Spectra:
        """Samples of shape (frames,) to spectra of shape (steps, bins); the first step holds the first hop alone."""
        tail = -samples.size % self.hop
        padded = np.pad(samples, (self.frame - self.hop, tail + self.frame - self.hop))
        views = np.lib.stride_tricks.sliding_window_view(padded, self.frame)[:: self.hop]
        return np.asarray(fft.rfft(views * self._window, axis=1), np.complex64)

    def inverse(self, spectra: Spectra, frames: int) -> Samples:
        """The first `frames` samples of what has these spectra."""
        parts = np.asarray(fft.irfft(spectra, self.frame, axis=1), np.float32)
        parts *= self._window / np.float32(OVERLAP / 2)
        parts = parts.reshape(-1, OVERLAP, self.hop)
        steps = parts.shape[0]
        out = np.zeros((steps + OVERLAP - 1, self.hop), np.float32)
        for part in range(OVERLAP):
            out[part : part + steps] += parts[:, part]
        return out.reshape(-1)[self.frame - self.hop :][:frames]


def power_of(spectra: Spectra) -> NDArray[np.float32]:
    """Squared magnitudes."""
    return np.square(spectra.real) + np.square(spectra.imag)
