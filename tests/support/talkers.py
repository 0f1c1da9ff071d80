"""Synthetic talkers: pulses through the resonances of a vocal tract, syllable by syllable, with noise between."""

import numpy as np

from models.base import Samples

VOWELS_HZ = ((730, 1090, 2440, 3400), (530, 1840, 2480, 3500), (390, 1990, 2550, 3450), (570, 840, 2410, 3300))
BANDWIDTHS_HZ = (70, 90, 130, 180)
SYLLABLE_S, CONSONANT_S = 0.28, 0.07


def talker(pitch_hz: float, seconds: float, rate_hz: int, *, tract: float = 1.0, seed: int = 0) -> Samples:
    """Speech-like sound of shape (1, frames), peak 0.5; `tract`: factor of all formants."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(seed)
    syllable, consonant = round(SYLLABLE_S * rate_hz), round(CONSONANT_S * rate_hz)
    parts = []
    while sum(part.size for part in parts) < seconds * rate_hz:
        vowel = VOWELS_HZ[int(rng.integers(len(VOWELS_HZ)))]
        bend = 2 ** (rng.uniform(-2, 2) / 12 * np.linspace(-1, 1, syllable) / 2)
        phase = np.cumsum(pitch_hz * bend / rate_hz)
        sound = np.diff(np.floor(phase), prepend=0.0) + 0.002 * rng.standard_normal(syllable)
        for hz, width_hz in zip(vowel, BANDWIDTHS_HZ, strict=True):
            if tract * hz < 0.45 * rate_hz:
                radius = np.exp(-np.pi * width_hz / rate_hz)
                turn = 2 * np.pi * tract * hz / rate_hz
                sound = lfilter([1 - radius], [1, -2 * radius * np.cos(turn), radius**2], sound)
        sound = sound / np.abs(sound).max() * np.sin(np.pi * np.linspace(0, 1, syllable)) ** 0.3
        parts += [sound, 0.04 * rng.standard_normal(consonant)]
    out = np.concatenate(parts)[: round(seconds * rate_hz)]
    return (0.5 * out / np.abs(out).max()).astype(np.float32)[None]
