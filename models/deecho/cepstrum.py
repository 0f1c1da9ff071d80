"""The power cepstrum of a whole recording, in which an echo stands out as a peak at its delay.

Bogert, Healy & Tukey 1963; Childers, Skinner & Kemerait 1977, "The cepstrum: a guide to processing".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.base import Audio, Report

Floats = NDArray[np.float64]
LONGEST_FRAME = 1 << 21  # samples: 48 s at 44.1 kHz, one transform of 16 MB
FLOOR = 1e-10  # power of the faintest sound that counts, -100 dB of full scale
HEARD = 100.0  # how far above that a band must be to count
ENVELOPE_HZ = 100.0  # what is slower over frequency than this is the sound's own spectrum


@dataclass(frozen=True, slots=True)
class LogSpectrum:
    """Logarithm of the power at size // 2 + 1 frequencies, its envelope taken off, and the weight of each, 0 to 1."""

    values: Floats
    weights: Floats
    size: int

    def cepstrum(self, response: Floats | float = 0.0) -> Floats:
        """Of what is left when a filter with this log power response is undone; index: quefrency in samples."""
        from scipy.fft import irfft

        left = (self.values - response) * self.weights
        return np.asarray(irfft(left, self.size) / max(float(self.weights.mean()), 1e-9))


def log_spectrum(audio: Audio, *, longest_s: float, report: Report) -> LogSpectrum:
    """The mean over all channels and over frames of up to 2²¹ samples.

    longest_s: the longest delay of interest; a short recording is one frame, padded by that.
    """
    from scipy.fft import next_fast_len, rfft

    samples = audio.samples
    channels, frames = samples.shape
    is_whole = frames <= LONGEST_FRAME
    length = frames if is_whole else LONGEST_FRAME
    size = int(next_fast_len(length + round(longest_s * audio.rate_hz), real=True)) if is_whole else length
    size += size % 2
    window = np.ones(1, np.float32) if is_whole else np.hanning(length).astype(np.float32)
    starts = range(0, frames - length + 1, length // 2)
    floor = FLOOR * length * (1.0 if is_whole else 0.375)
    bins = max(round(ENVELOPE_HZ * size / audio.rate_hz), 3)
    sums, weights = np.zeros(size // 2 + 1), np.zeros(size // 2 + 1)
    for number, first in enumerate(starts):
        for channel in range(channels):
            spectrum = rfft(samples[channel, first : first + length] * window, size)
            power = np.square(spectrum.real) + np.square(spectrum.imag)
            is_heard = _smooth(power, bins) > HEARD * floor
            sums += np.where(is_heard, np.log(power + np.float32(floor)), 0.0)
            weights += is_heard
        report((number + 1) / len(starts))
    values = sums / np.maximum(weights, 1.0)
    weights /= max(float(weights.max()), 1.0)
    envelope = _smooth(_smooth(values * weights, bins), bins) / (_smooth(_smooth(weights, bins), bins) + 1e-9)
    return LogSpectrum((values - envelope) * (weights > 0), weights, size)


def _smooth(values: Floats, bins: int) -> Floats:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, bins, mode="nearest"), np.float64)
