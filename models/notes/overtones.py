"""Low tones without overtones are given some, for networks that learned notes from instruments, which have them.

At 100 Hz and below, the spectrum a network sees of a pure tone (a sub-bass, a test tone, an ocarina) is slow: filters a
third of a semitone wide ring for half a second, so that a short note is a faint hump. Its overtones are as quick as
the octaves they lie in. They are made as the missing fundamental is in bass enhancement (Larsen and Aarts 2004), by a
nonlinearity: partial n has n times the phase of the analytic signal, so that a sine gives exact partials at any level.
"""

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

PARTIALS = 8
RISE_HZ = (0.0, 50.0)
FALL_HZ = (150.0, 220.0)
PURE_DB = (-32.0, -22.0)  # what lies above over what lies below: all of the overtones are added, none
SMOOTH_S = 0.05
LEAST_POWER = 1e-12  # -120 dB: no tone below
MARGIN_S = 0.25  # of context on both sides; the filters reach less far


def with_overtones(samples: Samples, rate_hz: int) -> Samples:
    """The same mono sound; where it is nearly all below FALL_HZ, with partials 2 to PARTIALS of it, 1/n as strong.

    Any length; sound that has more above stays as it is, sample for sample. The rate is 8 kHz or more.
    """
    from scipy.fft import ifft, irfft, next_fast_len, rfft

    size = next_fast_len(samples.size + round(MARGIN_S * rate_hz))
    spectrum = rfft(samples, size)
    hz = np.arange(spectrum.size) * rate_hz / size
    fall = _ramp(hz, *FALL_HZ).astype(np.float32)
    high = irfft(spectrum * fall, size)[: samples.size]
    one_sided = np.zeros(size, spectrum.dtype)
    one_sided[: spectrum.size] = 2 * spectrum * (1 - fall) * _ramp(hz, *RISE_HZ).astype(np.float32)
    low = ifft(one_sided)[: samples.size]
    share = (_power(high, rate_hz) + LEAST_POWER) / (_power(np.abs(low), rate_hz) / 2 + LEAST_POWER)
    pure = 1 - _ramp(10 * np.log10(share), *PURE_DB)
    if not pure.any():
        return samples
    turn = low / np.maximum(np.abs(low), LEAST_POWER)
    partial, added = low, np.zeros(samples.size)
    for number in range(2, PARTIALS + 1):
        partial = partial * turn
        added += partial.real / number
    return (samples + pure * added).astype(np.float32)


def _ramp(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.float64]:
    """0 up to `low`, 1 from `high`, smooth between."""
    ramp: NDArray[np.float64] = np.square(np.sin(np.pi / 2 * np.clip((values - low) / (high - low), 0, 1)))
    return ramp


def _power(samples: NDArray[np.floating], rate_hz: int) -> NDArray[np.float64]:
    from scipy.ndimage import uniform_filter1d

    width = round(SMOOTH_S * rate_hz)
    once = uniform_filter1d(np.square(samples, dtype=np.float64), width, mode="constant")
    power: NDArray[np.float64] = np.maximum(uniform_filter1d(once, width, mode="constant"), 0)
    return power
