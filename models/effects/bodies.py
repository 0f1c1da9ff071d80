"""Things that ring when they are struck: modes by shape, material and size.

Modal synthesis after van den Doel and Pai 1998 (The sounds of physical shapes): a mode at f decays in
1 / (pi f tan(phi)), and the loss angle phi of a material is what lets an ear tell wood from metal.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.effects.filters import low, ring
from models.effects.signals import Rng, falling, frames_of, noise

Sound = NDArray[np.floating[Any]]
# tan(phi): rubber to steel.
LOSS = {
    "rubber": 0.35, "cardboard": 0.15, "plastic": 0.07, "wood": 0.035, "stone": 0.02, "ceramic": 0.009,
    "glass": 0.0055, "tin": 0.009, "metal": 0.0022, "bell": 0.0005,
}  # fmt: skip
FREE_BAR = np.array([1.0, 2.756, 5.404, 8.933, 13.344, 18.638])
MEMBRANE = np.array([1.0, 1.593, 2.135, 2.295, 2.653, 2.917, 3.155, 3.500, 3.598, 3.652])
# Of a church bell against the prime (Lehr 1986; Fletcher and Rossing 1998): hum, prime, tierce, quint, nominal …
BELL = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.0, 5.33, 6.7])
BELL_TAU = np.array([1.0, 0.65, 0.45, 0.28, 0.3, 0.16, 0.15, 0.12, 0.09, 0.05, 0.035])
BELL_GAIN = np.array([0.55, 0.6, 0.75, 0.35, 1.0, 0.4, 0.35, 0.5, 0.4, 0.28, 0.18])
LONGEST_S = 12.0


def plate(rng: Rng, lowest_hz: float, count: int = 24) -> Sound:
    """Modes of a rectangular plate of a random shape, in Hz, rising: f ~ (m / a)² + (n / b)²."""
    aspect = rng.uniform(1.15, 1.7)
    m, n = np.meshgrid(np.arange(1, 9), np.arange(1, 9))
    ratios = np.sort((m**2 + (aspect * n) ** 2).ravel()) / (1 + aspect**2)
    spread = rng.uniform(0.985, 1.015, count)
    return np.asarray(lowest_hz * ratios[:count] * spread)


def decay_s(hz: Sound, material: str) -> Sound:
    return np.minimum(1 / (np.pi * np.maximum(hz, 20.0) * LOSS[material]), LONGEST_S)


def knocked(rng: Rng, seconds: float, contact_s: float) -> Sound:
    """The force of a hit: a half sine as long as the contact, which a soft hammer makes long, and some roughness."""
    force = np.zeros(frames_of(seconds), np.float32)
    count = min(frames_of(contact_s), force.size)
    shape = np.sin(np.pi * (np.arange(count) + 0.5) / count)
    force[:count] = shape / shape.sum() * (1 + 0.15 * rng.standard_normal(count))
    return force


def struck(
    rng: Rng, seconds: float, lowest_hz: float, material: str, *,
    contact_s: float = 0.0006, count: int = 24, tilt: float = 0.6, modes: Sound | None = None,
) -> Sound:  # fmt: skip
    """A body struck once at a random place, shape (frames,). `tilt`: how fast higher modes are weaker."""
    hz = plate(rng, lowest_hz, count) if modes is None else modes * lowest_hz
    place = np.abs(np.sin(np.pi * rng.uniform(0.15, 0.5) * (1 + np.arange(hz.size))))
    gain = (0.25 + 0.75 * place) * (hz / hz[0]) ** -tilt
    return ring(knocked(rng, seconds, contact_s), hz, decay_s(hz, material), gain)


def bell(rng: Rng, seconds: float, prime_hz: float, ring_s: float, contact_s: float = 0.0008) -> Sound:
    """A bell: every partial twice, slightly apart, so that it beats."""
    detune = 1 + rng.uniform(0.0004, 0.0015, BELL.size)
    hz = prime_hz * np.concatenate([BELL, BELL * detune])
    tau = ring_s * np.tile(BELL_TAU, 2)
    gain = np.concatenate([BELL_GAIN, BELL_GAIN * rng.uniform(0.3, 0.7, BELL.size)])
    return ring(knocked(rng, seconds, contact_s), hz, tau, gain)


def thud(rng: Rng, seconds: float, hz: float, tau_s: float = 0.06) -> Sound:
    """A heavy soft body that meets the ground: a low mode that falls in pitch, and a dull noise."""
    frames = frames_of(seconds)
    t = np.arange(frames) / 44_100
    body = np.sin(2 * np.pi * hz * (t + 0.35 * 0.02 * (1 - np.exp(-t / 0.02)))) * falling(frames, tau_s, 0.002)
    dull = low(noise(rng, frames), 5 * hz) * falling(frames, 0.6 * tau_s, 0.001)
    return (body + 0.35 * dull).astype(np.float32)
