"""A synthetic voice of vowels, enough like speech to try recognisers with (Klatt 1980: pulses and resonances)."""

import numpy as np
from scipy.signal import lfilter

from models.base import Audio
from models.transcription.activity import RATE_HZ

VOWELS_HZ = ((700, 1100, 2500), (300, 2200, 2900), (400, 800, 2300), (550, 1800, 2500))
BANDWIDTH_HZ = 80.0
PITCH_HZ, GLIDE_HZ, GLIDES_PER_S = 120.0, 25.0, 0.7
SYLLABLE_S, LEVEL = 0.25, 0.3


def syllables(seconds: float) -> Audio:
    """Four syllables a second, mono at 16 kHz."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    pitch_hz = PITCH_HZ + GLIDE_HZ * np.sin(2 * np.pi * GLIDES_PER_S * t)
    pulses = np.diff(np.floor(np.cumsum(pitch_hz) / RATE_HZ), prepend=0.0)
    out, step = np.zeros(t.size), round(SYLLABLE_S * RATE_HZ)
    for number, first in enumerate(range(0, t.size, step)):
        part = lfilter([1.0], [1.0, -0.95], pulses[first : first + step])
        for hz in VOWELS_HZ[number % len(VOWELS_HZ)]:
            radius = np.exp(-np.pi * BANDWIDTH_HZ / RATE_HZ)
            part = lfilter([1 - radius], [1.0, -2 * radius * np.cos(2 * np.pi * hz / RATE_HZ), radius**2], part)
        out[first : first + step] = part / (np.abs(part).max() + 1e-9) * np.sqrt(np.hanning(step)[: part.size])
    noise = np.random.default_rng(0).normal(0, 0.002, t.size)
    return Audio((LEVEL * out + noise).astype(np.float32)[None], RATE_HZ)
