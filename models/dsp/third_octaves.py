"""Third-octave bands (IEC 61260-1, base ten) of short-time power spectra, and the twelfths they are made of."""

import math

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

Bands = NDArray[np.float64]
LOWEST, HIGHEST = -16, 13  # 25 Hz to 20 kHz
CENTRES_HZ: Bands = 1000 * 10 ** (np.arange(LOWEST, HIGHEST + 1) / 10)
HALF_BAND = 10**0.05  # from the centre of a band to its edges
POLES = 3
TWELFTHS = 4  # per third of an octave
# 10 Hz to 25 kHz, to hold the skirts of the thirds too.
TWELFTHS_HZ: Bands = 1000 * 10 ** (np.arange(-80, 57) / (10 * TWELFTHS))
AT_CENTRES = slice(80 + TWELFTHS * LOWEST, 80 + TWELFTHS * HIGHEST + 1, TWELFTHS)  # of the thirds, in TWELFTHS_HZ
FRAME_S = 0.4  # at least 60 % of it


def frame_for(rate_hz: int) -> int:
    """Frames of a spectrum: a power of two of about 0.3 to 0.6 s."""
    return max(1 << round(math.log2(FRAME_S * rate_hz)), 16)


def bands_within(rate_hz: int) -> int:
    """How many of the bands lie below half the rate as a whole."""
    return int(np.count_nonzero(0.5 * rate_hz > CENTRES_HZ * HALF_BAND))


def thirds(power: Bands) -> Bands:
    """Power per third octave, shape (..., thirds), of powers per twelfth, shape (..., twelfths)."""
    return np.asarray(power @ SHARES)


class SpectrumMeter:
    """Power per twelfth of an octave of overlapping frames, from blocks; what lies above half the rate is 0.

    A full-scale sine has the power 0.5, whatever the rate. A frequency between two of TWELFTHS_HZ counts for both, by
    how near it is.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._frame = frame_for(rate_hz)
        self._hop = self._frame // 2
        n = np.arange(self._frame)
        self._window = (0.5 - 0.5 * np.cos(2 * np.pi * (n + 0.5) / self._frame)).astype(np.float32)
        scale = 2 / (self._frame * float(np.square(self._window, dtype=np.float64).sum()))
        self._hats = (scale * _hats(self._frame, rate_hz)).astype(np.float32)
        self._held = np.zeros((channels, self._hop), np.float32)  # so that the first frames count in full

    def add(self, block: Samples) -> Bands:
        """Powers of the frames that this block completes, shape (channels, steps, twelfths)."""
        from scipy.fft import rfft

        sound = np.concatenate([self._held, block], axis=1, dtype=np.float32)
        steps = max((sound.shape[1] - self._frame) // self._hop + 1, 0)
        self._held = sound[:, steps * self._hop :]
        if steps == 0:
            return np.zeros((sound.shape[0], 0, TWELFTHS_HZ.size))
        views = np.lib.stride_tricks.sliding_window_view(sound, self._frame, axis=1)[:, :: self._hop]
        spectra = rfft(views * self._window, axis=2)
        return np.asarray((np.square(spectra.real) + np.square(spectra.imag)) @ self._hats, np.float64)

    def end(self) -> Bands:
        """The last, partial frames."""
        missing = -self._held.shape[1] % self._hop + self._hop
        return self.add(np.zeros((self._held.shape[0], missing), np.float32))


def _shares() -> Bands:
    """Power gain of each third's filter at each twelfth, shape (twelfths, thirds): Butterworth, three poles a side.

    Their slopes share a tone at the edge of two bands between them, as those of a meter do.
    """
    hz = TWELFTHS_HZ[:, None]
    away = (hz / CENTRES_HZ - CENTRES_HZ / hz) / (HALF_BAND - 1 / HALF_BAND)
    return np.asarray(1 / (1 + away ** (2 * POLES)))


SHARES = _shares()


def _hats(frame: int, rate_hz: int) -> Bands:
    """Which part of each bin counts for each twelfth, shape (bins, twelfths); together 1 within their range."""
    hz = np.maximum(np.arange(frame // 2 + 1), 1e-3)[:, None] * rate_hz / frame
    steps_away = np.abs(np.log10(hz / TWELFTHS_HZ)) * 10 * TWELFTHS
    return np.asarray(np.maximum(1 - steps_away, 0.0))
