"""Breath that is taken before a phrase: quiet noise, shaped as by an open mouth."""

import numpy as np
from scipy.signal import butter, sosfilt

from models.base import Samples

RATE_HZ = 44_100
SHORTEST_S, LONGEST_S = 0.16, 0.34
LEVEL_DBFS = -46.0
RESONANCES = ((500.0, 1100.0, 0.7), (1400.0, 2300.0, 1.0), (2800.0, 6500.0, 0.45))  # from, to in Hz; amplitude


def breath(room_s: float, rng: np.random.Generator) -> Samples:
    """Noise of shape (frames,) that fits into `room_s` seconds; empty where that is too short to breathe."""
    length_s = min(rng.uniform(SHORTEST_S, LONGEST_S), 0.6 * room_s)
    if length_s < SHORTEST_S * 0.9:
        return np.zeros(0, np.float32)
    size = round(length_s * RATE_HZ)
    noise = rng.standard_normal(size)
    out = np.zeros(size)
    for low_hz, high_hz, amplitude in RESONANCES:
        part = sosfilt(butter(2, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos"), noise)
        out += amplitude * part / max(float(np.sqrt(np.mean(np.square(part)))), 1e-9)
    part = np.arange(size) / size
    shape = np.sin(np.pi * part**1.4) ** 1.5
    level = 10 ** (LEVEL_DBFS / 20) * rng.uniform(0.7, 1.2)
    return np.asarray(out * shape * level, np.float32)
