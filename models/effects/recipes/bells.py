# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Bells and gongs, struck by hammers, hands and clappers."""

import numpy as np

from models.effects.bodies import bell, decay_s, knocked, plate, struck
from models.effects.filters import low, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    mixed,
    noise,
    placed,
    summed,
    time,
    unit,
)  # fmt: skip
from models.effects.take import Take


def _hammered(take: Take, prime_hz: float, rate: float, gate: Sound | None = None) -> Sound:
    """A gong shell hit by an electric hammer `rate` times a second."""
    rng, frames = take.rng, take.frames
    beat = summed(rate * take.speed * (1 + 0.01 * drift(rng, frames, 3, 1))) / RATE_HZ
    at = np.flatnonzero(np.diff(np.floor(beat)) > 0)
    force = np.zeros(frames, np.float32)
    force[at] = 0.75 + 0.25 * rng.random(at.size)
    if gate is not None:
        force *= gate
    ratios = np.array([1.0, 2.02, 2.74, 3.76, 4.9, 5.6, 7.1])
    hz = prime_hz * take.scale * np.concatenate([ratios, ratios * 1.003])
    gain = np.tile([0.9, 0.7, 1.0, 0.6, 0.5, 0.35, 0.25], 2)
    rung = ring(low(force, 9000, 1), hz, 0.28 * (prime_hz / hz) ** 0.6 + 0.02, gain)
    clatter = np.zeros(frames, np.float32)
    clatter[at] = force[at]
    return unit(rung) + 0.15 * unit(ring(clatter, [1900, 3300, 5200], 0.002))


def burglar_bell(take: Take) -> Sound:
    return _hammered(take, 820.0, 24.0)


def school_bell(take: Take) -> Sound:
    """Rings for some 4 s, then rests."""
    t = time(take.frames) % 7.0
    return _hammered(take, 560.0, 15.0, (t < 4.2).astype(np.float32))


def telephone(take: Take) -> Sound:
    """Two small gongs and one clapper at 20 Hz: two seconds of ringing, a pause."""
    rng, frames = take.rng, take.frames
    t = time(frames) % 4.2
    gate = (t < 1.9).astype(np.float32)
    out = np.zeros(frames, np.float32)
    for offset, prime in ((0.0, 980.0), (0.5, 1230.0)):
        beat = np.arange(frames) * 20.0 / RATE_HZ + offset
        at = np.flatnonzero(np.diff(np.floor(beat)) > 0)
        force = np.zeros(frames, np.float32)
        force[at] = 0.8 + 0.2 * rng.random(at.size)
        ratios = np.array([1.0, 2.1, 2.92, 4.06, 5.3])
        out += ring(force * gate, prime * take.scale * ratios, [0.4, 0.25, 0.2, 0.12, 0.08], [1, 0.5, 0.8, 0.4, 0.3])
    return out


def mobile(take: Take) -> Sound:
    """A ringing mobile: a marimba figure, twice, then a pause."""
    rng, frames = take.rng, take.frames
    figure = (0, 7, 12, 7, 4, 7, 12, 16) if rng.random() < 0.5 else (12, 7, 4, 0, 4, 7, 9, 7)
    notes = []
    for start in np.arange(0.0, take.seconds, 3.0):
        for index, step in enumerate(figure * 2):
            hz = 659.3 * take.pitch * 2 ** (step / 12)
            bar = ring(knocked(rng, 0.5, 0.0006), hz * np.array([1, 3.98, 9.2]), [0.14, 0.05, 0.02], [1, 0.3, 0.1])
            notes.append((start + 0.125 * index, bar))
    return placed(frames, *notes)


def church_bell(take: Take) -> Sound:
    """One stroke of a large bell, with the minor third that bells have."""
    prime = 260 * take.scale * take.within(0.985, 1.015)
    sound = bell(take.rng, min(take.seconds, 11.0), prime, 7.0, 0.0006)
    clank = struck(take.rng, 0.2, 1900, "metal", contact_s=0.0005, count=10, tilt=0.2)
    return mixed(unit(sound), 0.1 * unit(clank) * falling(clank.size, 0.02, 0))


def hand_bell(take: Take) -> Sound:
    """A small bell, rung once."""
    sound = bell(take.rng, 3.0, 1250 * take.scale * take.within(0.99, 1.01), 1.5, 0.0003)
    return unit(sound)


def doorbell(take: Take) -> Sound:
    """Ding-dong: two chime bars, a major third down, each with the felt-covered plunger's tap."""
    rng = take.rng
    parts = []
    for at_s, hz in ((0.0, 659.3), (0.62, 523.3)):
        ratios = np.array([1.0, 2.756, 5.404, 8.933])
        bar = ring(knocked(rng, 2.4, 0.0009), hz * take.scale * ratios, [0.75, 0.3, 0.1, 0.04], [1, 0.4, 0.16, 0.05])
        tap = low(noise(rng, frames_of(0.03)), 1800) * falling(frames_of(0.03), 0.004)
        parts += [(at_s, unit(bar)), (at_s, 0.12 * tap)]
    return placed(frames_of(3.1), *parts)


def crossing(take: Take) -> Sound:
    """The bell at a level crossing."""
    return _hammered(take, 690.0, 2.8)


def wine_glass(take: Take) -> Sound:
    """Two glasses meet."""
    parts = []
    for hz in (take.within(1850, 2300), take.within(2350, 2900)):
        ratios = np.array([1.0, 2.32, 4.25, 6.63, 9.38])
        modes = hz * take.scale * ratios
        parts.append(ring(knocked(take.rng, 1.8, 0.00025), modes, decay_s(modes, "glass") * 4, [1, 0.7, 0.5, 0.3, 0.2]))
    clink = struck(take.rng, 0.2, plate(take.rng, 3000, 1)[0], "glass", contact_s=0.0002, count=12)
    return mixed(*[unit(part) for part in parts], 0.4 * unit(clink))
