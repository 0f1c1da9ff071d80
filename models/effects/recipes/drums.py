# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Drums, cymbals, hammers and anvils."""

import numpy as np

from models.effects.bodies import MEMBRANE, knocked, struck, thud
from models.effects.filters import band, high, low, ring
from models.effects.signals import (
    Sound,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    placed,
    unit,
)  # fmt: skip
from models.effects.take import Take


def hammer(take: Take) -> Sound:
    """A hammer on a nail: steel rings briefly, the plank answers, deeper as the nail goes in."""
    rng = take.rng
    nail = struck(rng, 0.3, 2350 * take.scale * take.within(0.93, 1.07), "metal", contact_s=0.0003, count=12, tilt=0.1)
    plank = struck(rng, 0.4, 165 * take.scale, "wood", contact_s=0.0009, count=28, tilt=0.4)
    return mixed(0.5 * unit(nail) * falling(nail.size, 0.035, 0.0), 0.9 * unit(plank), 0.5 * thud(rng, 0.2, 105, 0.025))


def anvil(take: Take) -> Sound:
    """A hammer on an anvil or a metal pipe: bright, long."""
    rung = struck(
        take.rng, 3.5, 780 * take.scale * take.within(0.99, 1.01), "metal", contact_s=0.0003, count=22, tilt=0.1
    )
    return mixed(unit(rung) * falling(rung.size, 0.7, 0.0), 0.3 * thud(take.rng, 0.2, 170, 0.02))


def _snare(take: Take, strength: float) -> Sound:
    rng = take.rng
    frames = frames_of(0.22)
    head = ring(knocked(rng, 0.22, 0.0012), 185 * take.scale * MEMBRANE, 0.035, np.linspace(1, 0.3, 10))
    wires = band(noise(rng, frames), 1700, 9500) * falling(frames, 0.05, 0.001)
    return np.float32(strength) * (unit(head) * 0.7 + 0.6 * unit(wires))


def drum_roll(take: Take) -> Sound:
    """Two sticks that bounce on a snare drum, swelling to a last stroke with a cymbal."""
    rng = take.rng
    seconds = float(min(take.seconds - 1.4, take.within(3.0, 4.0))) if take.seconds > 2.4 else 0.55 * take.seconds
    strokes = [_snare(take, 1.0) for _ in range(8)]
    parts = []
    at = 0.0
    while at < seconds:
        swell = 0.16 + 0.6 * (at / seconds) ** 1.6
        for bounce, level in ((0.0, 1.0), (0.023, 0.6), (0.044, 0.35)):
            parts.append(
                (at + bounce + take.within(0, 0.003), np.float32(swell * level) * strokes[int(rng.integers(8))])
            )
        at += take.within(0.064, 0.072) / take.speed
    parts.append((seconds + 0.03, _snare(take, 1.1)))
    parts.append((seconds + 0.03, 0.9 * thud(rng, 0.6, 58, 0.14)))
    parts.append((seconds + 0.03, 0.5 * cymbal(take)))
    return placed(frames_of(seconds + 2.6), *parts)


def cymbal(take: Take) -> Sound:
    """A crash cymbal: hundreds of modes, the high ones die first."""
    rng = take.rng
    frames = frames_of(2.8)
    hz = np.sort(np.exp(rng.uniform(np.log(340), np.log(14_000), 160))) * take.scale
    force = noise(rng, frames_of(2.8)) * falling(frames, 0.006, 0.0004)
    rung = ring(force, hz, 0.9 * (600 / (hz + 200)) ** 0.35, (hz / 3000) ** 0.4)
    wash = high(noise(rng, frames), 4200, 1) * falling(frames, 0.35, 0.004)
    return (unit(rung) * 0.8 + 0.25 * unit(wash)) * hump(frames, 0.0, 0.6)


def drum(take: Take) -> Sound:
    """A large drum, struck once."""
    head = ring(
        knocked(take.rng, 1.2, 0.0035),
        68 * take.scale * MEMBRANE,
        [0.28, 0.2, 0.16, 0.14, 0.12, 0.1, 0.09, 0.08, 0.07, 0.06],
        np.linspace(1, 0.2, 10),
    )
    stick = low(noise(take.rng, frames_of(0.04)), 2200) * falling(frames_of(0.04), 0.006)
    return mixed(unit(head), 0.15 * unit(stick))
