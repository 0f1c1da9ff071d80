"""Doors: stick and slip of hinges (Farnell 2010, creaking door), slams, knocks, locks."""

import numpy as np

from models.effects.bodies import struck, thud
from models.effects.filters import band, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    placed,
    stretched,
    summed,
    unit,
)  # fmt: skip
from models.effects.take import Take

WOOD_HZ = (62, 125, 250, 395, 560, 790, 1050, 1480, 2100, 2950)
METAL_HZ = (210, 347, 560, 905, 1430, 2250, 3170, 4400)


def creak(take: Take) -> Sound:
    """A hinge that sticks and slips: the faster the door turns, the faster the pulses; the panel answers them."""
    rng = take.rng
    seconds = take.within(1.1, 2.2) / take.speed
    frames = frames_of(seconds)
    effort = np.clip(hump(frames, 0.35, 0.3) + 0.25 * drift(rng, frames, 2.5, 2), 0.02, 1.5)
    rate = (take.within(18, 30) + take.within(70, 140) * effort**1.5) * take.scale
    rate *= 1 + 0.12 * drift(rng, frames, 40, 1)
    turns = np.floor(summed(np.clip(rate, 6, 600)) / RATE_HZ)
    slip = np.zeros(frames, np.float32)
    at = np.flatnonzero(np.diff(turns) > 0)
    slip[at] = (0.4 + 0.6 * rng.random(at.size)) * (0.3 + effort[at])
    metal = take.material == "metal"
    modes = np.array(METAL_HZ if metal else WOOD_HZ) * take.scale * rng.uniform(0.93, 1.07, 8 if metal else 10)
    tau = 0.016 if metal else 0.007
    panel = ring(low(slip, 6000, 1), modes, tau, (modes / modes[0]) ** 0.25)
    bite = moving(slip, np.clip(3.0 * rate + 700, 300, 4000), 6.0)
    return unit(panel) * hump(frames, 0.08, 0.1) + 0.35 * unit(bite) * hump(frames, 0.08, 0.1)


def squeak(take: Take) -> Sound:
    """A dry joint: stick and slip so fast that it is a tone, which glides and breaks."""
    rng = take.rng
    frames = frames_of(take.within(0.25, 0.5) / take.speed)
    base = take.within(750, 1300) * take.scale
    hz = base * path(frames, (0, 0.85), (0.3, 1.1), (0.7, 1.18), (1, 0.9)) * (1 + 0.012 * drift(rng, frames, 30, 2))
    phase = summed(hz) / RATE_HZ % 1
    saw = (2 * phase - 1).astype(np.float32) * (1 + 0.25 * drift(rng, frames, 60, 1))
    body = ring(saw * 0.05, [820, 1640, 2550, 3700, 5200], 0.004) + 0.3 * saw
    return (band(body, 600, 9000) * hump(frames, 0.15, 0.2)).astype(np.float32)


def slam(take: Take) -> Sound:
    """The leaf meets its frame: a low boom of the panel, a crack of the edge, a rattle of lock and frame."""
    rng = take.rng
    metal = take.material == "metal"
    hit = struck(
        rng, 2.5, (70 if metal else 78) * take.scale, "metal" if metal else "wood", contact_s=0.002, count=40, tilt=0.4
    )
    boom = thud(rng, 0.8, 52 * take.scale, 0.13)
    crack = band(noise(rng, frames_of(0.2)), 350, 5500) * falling(frames_of(0.2), 0.02, 0.0006)
    out = [
        (0.03, unit(hit) * (falling(hit.size, 0.35, 0.0) if metal else 1.0)),
        (0.03, 0.9 * boom),
        (0.03, 1.2 * unit(crack)),
    ]
    push = band(noise(rng, frames_of(0.03)), 100, 900) * hump(frames_of(0.03), 0.9, 0.1)
    out.append((0.0, 0.15 * push))
    for at_s, level in ((0.055, 0.3), (0.085, 0.2), (0.13, 0.1)):
        out.append((at_s + take.within(0, 0.012), np.float32(level) * _latch(take)))
    return placed(frames_of(2.6), *out)


def _latch(take: Take) -> Sound:
    hit = struck(take.rng, 0.2, take.within(1100, 1700) * take.scale, "tin", contact_s=0.0005, count=14, tilt=0.1)
    return unit(hit) * falling(hit.size, 0.015, 0.0)


def knock(take: Take) -> Sound:
    """A knuckle on a panel: short, hollow; every knock a little different."""
    lowest = {"metal": 240.0, "glass": 700.0}.get(take.material, 165.0)
    material = take.material if take.material in {"metal", "glass"} else "wood"
    hit = struck(take.rng, 0.4, lowest * take.scale * take.within(0.97, 1.04), material, contact_s=0.0016, tilt=0.55)
    body = thud(take.rng, 0.2, 130 * take.scale, 0.028)
    tail = 0.15 if material == "metal" else 0.07
    tap = band(noise(take.rng, frames_of(0.02)), 900, 3500) * falling(frames_of(0.02), 0.003, 0.0003)
    return mixed(unit(hit) * falling(hit.size, tail, 0.0), 0.5 * body, 0.25 * tap)


def lock(take: Take) -> Sound:
    """A key goes in over the pins, turns, the bolt moves."""
    rng = take.rng
    pins = [(0.02 + 0.035 * k + take.within(0, 0.012), 0.16 * _latch(take)) for k in range(6)]
    turn = band(noise(rng, frames_of(0.22)), 1500, 7000) * hump(frames_of(0.22), 0.5, 0.4) * 0.05
    bolt = struck(rng, 0.3, 420 * take.scale, "tin", contact_s=0.001, tilt=0.35)
    clunk = mixed(unit(bolt) * falling(bolt.size, 0.035, 0.0), 0.5 * thud(rng, 0.15, 180, 0.02))
    return placed(
        frames_of(1.0), *pins, (0.42, turn), (0.62, clunk), (0.66, 0.5 * _latch(take)), (0.69, 0.3 * _latch(take))
    )


def door(take: Take) -> Sound:
    """A door is opened: the handle, the latch, and the leaf moves."""
    rng = take.rng
    handle = mixed(_latch(take), 0.6 * thud(rng, 0.15, 210, 0.015))
    swing = creak(Take(2.0, rng, take.force, take.size, take.speed, take.pitch, take.material))
    air = low(noise(rng, frames_of(0.9)), 350) * hump(frames_of(0.9), 0.5, 0.5)
    length = 0.5 + swing.size / RATE_HZ + 0.1
    return placed(
        frames_of(length), (0.0, 0.6 * handle), (0.16, 0.45 * _latch(take)), (0.3, 0.25 * air), (0.4, 0.35 * swing)
    )


def gate(take: Take) -> Sound:
    """A heavy iron gate: it scrapes, groans and falls shut."""
    rng = take.rng
    frames = frames_of(1.8)
    metal = Take(1.8, rng, 0.5, 1.0, 0.8, take.pitch, "metal")
    groan = creak(metal)
    scrape = ring(
        noise(rng, frames) * stretched(np.abs(drift(rng, frames, 25, 1)), frames) * 0.1, np.array(METAL_HZ) * 1.3, 0.03
    )
    clang = struck(rng, 3.0, 150 * take.scale, "metal", contact_s=0.001, count=36, tilt=0.3)
    late = groan.size / RATE_HZ
    return placed(
        frames_of(late + 3.1), (0.0, 0.6 * unit(groan)), (0.1, 0.25 * unit(scrape) * hump(frames, 0.3, 0.4)),
        (late, 0.9 * unit(clang) * falling(clang.size, 0.7, 0.0)), (late, 0.8 * thud(rng, 0.6, 60, 0.1)),
    )  # fmt: skip
