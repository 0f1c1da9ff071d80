"""Suppression of late reverberation in the spectrogram (Lebart, Boucher & Denbigh 2001)."""

import numpy as np
from numpy.typing import NDArray

Power = NDArray[np.float32]
EARLY_S = 0.05  # reverberation that is taken for part of the sound
MEMORY = 0.8  # of the smoothed power, from frame to frame of 8 ms
SHARE = 0.5  # of the late part, as much is left after prediction


def gains(power: Power, hop_s: float, rt60_s: float, floor_db: float) -> Power:
    """Gains for a power spectrogram of shape (steps, bins), `hop_s` seconds per step.

    What was heard 50 ms before, as far as it has died away in `rt60_s`, is what late reverberation still sounds.
    """
    from scipy.signal import lfilter

    lag = max(round(EARLY_S / hop_s), 1)
    left = SHARE * 10 ** (-6 * lag * hop_s / rt60_s)
    smooth = lfilter([1 - MEMORY], [1, -MEMORY], power, axis=0)
    late = np.zeros_like(smooth)
    late[lag:] = left * smooth[:-lag]
    gain = 1 - np.sqrt(late / np.maximum(smooth, 1e-20))
    return np.asarray(np.clip(gain, 10 ** (floor_db / 20), 1.0), np.float32)
