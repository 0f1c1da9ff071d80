"""Throats of men and animals: a glottis, breath, and the resonances above it (Fant 1960; Fitch 1997 for animals)."""

from collections.abc import Sequence

import numpy as np

from models.effects.filters import formants, high
from models.effects.kernels import RATE_HZ, glottal_pulses
from models.effects.signals import Rng, Sound, drift, noise, summed, unit

Formant = tuple[Sound | float, float, float]
"""Frequency (a value or one per frame), width, both Hz, and amplitude."""


def glottis(
    rng: Rng, hz: Sound, *, breath: float = 0.1, open_share: float = 0.6, rough: float = 0.01, sub: float = 0.0
) -> Sound:
    """The source, shape (frames,), peak 1. rough: deviation of each period; sub: share of every other pulse."""
    frames = hz.size
    bend = np.clip(hz * (1 + rough * drift(rng, frames, 60, 2)), 20, 8000).astype(np.float32)
    out = np.empty(frames, np.float32)
    glottal_pulses(bend, open_share, 0.35, out)
    if sub:
        half = summed(bend.astype(np.float64)) / RATE_HZ % 2 < 1
        out *= np.where(half, 1.0, 1 - sub).astype(np.float32)
    out = unit(out)
    gate = 0.4 + 0.6 * np.abs(out)
    return out + np.float32(breath) * noise(rng, frames) * gate


def voiced(source: Sound, resonances: Sequence[Formant], *, through: float = 0.08) -> Sound:
    """A source through a tract; `through` is what passes beside the resonances."""
    hz, widths, gains = zip(*resonances, strict=True)
    return formants(source, hz, widths, gains) + np.float32(through) * high(source, 150, 1)
