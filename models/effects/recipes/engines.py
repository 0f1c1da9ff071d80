# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Engines: cylinders that fire one after another into pipes (Farnell 2010, cars; Baldan et al. 2015)."""

import numpy as np

from models.effects.filters import band, high, low, moving, passing, piped, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Rng,
    Sound,
    drift,
    frames_of,
    hump,
    noise,
    path,
    pink,
    steady,
    stereo_noise,
    summed,
    turning,
)  # fmt: skip
from models.effects.take import Take

AHEAD_S = 3.0  # a moving source is made that much longer than what is heard: its sound has to arrive


def motor(
    rng: Rng, rpm: Sound, *, cylinders: int, strokes: int = 4, uneven: float = 0.2, sharp: float = 6.0,
    pipe_s: float = 0.011, noisy: float = 0.3,
) -> Sound:  # fmt: skip
    """An engine at a moving speed, shape (frames,), deviation 1.

    uneven: how far the cylinders differ, which gives the sound its half orders and burble. sharp: of the pressure
    pulses. pipe_s: there and back in the exhaust. noisy: turbulent gas in each pulse.
    """
    frames = rpm.size
    turns = summed(rpm.astype(np.float64)) / (60 * RATE_HZ) / (1 if strokes == 2 else 2)
    fired = turns * cylinders + 0.02 * drift(rng, frames, 25, 1)
    which = fired.astype(np.int64)
    within = (fired - which).astype(np.float32)
    per_cylinder = 1 + uneven * rng.standard_normal(cylinders)
    per_firing = 1 + 0.4 * uneven * rng.standard_normal(int(which.max()) + 1)
    strength = (per_cylinder[which % cylinders] * per_firing[which]).astype(np.float32)
    pulse = np.exp(-sharp * within) - np.exp(-4 * sharp * within)
    gas = 1 + noisy * noise(rng, frames)
    force = strength * pulse * gas
    force = force - np.float32(force.mean())
    out = piped(force, pipe_s, -0.55, 0.35) + 0.4 * piped(force, pipe_s * 0.37, -0.45, 0.25)
    return steady(high(out, 28))


def idle(take: Take) -> Sound:
    """A car that stands with its engine on: near 750 rpm, never quite even; the fan and valves above it."""
    rng, frames = take.rng, take.frames
    rpm = 760 * take.speed * take.scale * (1 + 0.012 * drift(rng, frames, 0.7, 2) + 0.01 * drift(rng, frames, 6, 1))
    core = motor(rng, rpm, cylinders=4, uneven=0.16, sharp=5.0, pipe_s=0.013)
    ticks = _valves(take, rpm, 8)
    fan = band(noise(rng, frames), 300, 2500)
    body = low(core, 900, 1) + 0.25 * ring(core * 0.02, [95, 180, 330], 0.02)
    return np.asarray(
        np.stack([body] * 2) + 0.1 * ticks + 0.07 * stereo_noise(rng, frames) * 0.5 + 0.08 * fan, np.float32
    )


def _valves(take: Take, rpm: Sound, per_cycle: int) -> Sound:
    rng, frames = take.rng, rpm.size
    beat = summed(rpm.astype(np.float64)) / (120 * RATE_HZ) * per_cycle
    at = np.flatnonzero(np.diff(np.floor(beat)) > 0)
    hits = np.zeros(frames, np.float32)
    hits[at] = 0.4 + 0.6 * rng.random(at.size)
    return steady(ring(hits, [2300, 3400, 4700, 6100], 0.0022))


def start(take: Take) -> Sound:
    """The starter whirrs against the compression, the engine catches, revs up and settles."""
    rng = take.rng
    frames = frames_of(min(take.seconds, 5.0))
    caught = 0.28
    crank = path(frames, (0, 0.3), (0.02, 1), (caught, 1), (caught + 0.02, 0), (1, 0))
    lump = 1 + 0.45 * np.sin(turning(5.2 + 0.4 * drift(rng, frames, 2, 1)))
    whirr = moving(noise(rng, frames) * 0.6 + np.sign(np.sin(turning(190 * lump**0.3))).astype(np.float32), 900, 1.2)
    rpm = path(frames, (0, 250), (caught, 300), (caught + 0.07, 2300), (caught + 0.25, 950), (1, 780))
    runs = motor(rng, rpm, cylinders=4, uneven=0.2, sharp=5.5)
    level = path(frames, (0, 0), (caught - 0.01, 0), (caught + 0.05, 1.4), (caught + 0.25, 0.8), (1, 0.7))
    return low(runs, 1500, 1) * level + 0.45 * steady(whirr) * crank * lump


def motorbike(take: Take) -> Sound:
    """A twin through its gears: the speed rises, drops at each change, and rises again."""
    rng, frames = take.rng, take.frames
    seconds = frames / RATE_HZ
    gears = max(round(seconds / (2.4 / take.speed)), 1)
    share = (np.linspace(0, gears, frames, endpoint=False) % 1).astype(np.float32)
    rpm = 2500 + (3900 + 600 * take.force) * share**0.75
    rpm *= take.scale * (1 + 0.01 * drift(rng, frames, 8, 1))
    rpm = low(rpm - rpm[0], 5, 1) + rpm[0]
    core = motor(rng, np.maximum(rpm, 900), cylinders=2, uneven=0.12, sharp=7.5, pipe_s=0.006, noisy=0.5)
    load = np.clip(share * 14, 0.35, 1)
    open_throat = high(moving(core, 700 + 0.45 * rpm, 0.8, "low"), 75)
    return np.asarray(np.stack([open_throat * load] * 2) + 0.08 * stereo_noise(rng, frames) * load, np.float32)


def truck(take: Take) -> Sound:
    """A large Diesel at idle and a little above: six slow knocking cylinders, clatter, a turbo's whistle."""
    rng, frames = take.rng, take.frames
    rpm = 640 * take.speed * (1 + 0.28 * np.clip(drift(rng, frames, 0.18, 1), -0.3, 1.5)) * take.scale
    core = motor(rng, rpm, cylinders=6, uneven=0.14, sharp=9.0, pipe_s=0.021, noisy=0.35)
    clatter = ring(np.maximum(core - 0.9, 0) * noise(rng, frames) * 0.2, [780, 1250, 1900, 2900], 0.003)
    whistle = np.sin(turning(2600 + 3.2 * (rpm - 640)))
    return np.stack([low(core, 700, 1) + 0.22 * steady(clatter) + 0.012 * whistle] * 2) + 0.06 * stereo_noise(
        rng, frames
    )


def pass_by(take: Take) -> Sound:
    """A car that drives past: tyres and engine by the law of the distance, the Doppler drop, from side to side."""
    return _passes(take, _car, metres_per_s=15 * take.speed * take.grown(1, 1.3), aside_m=5.0)


def race(take: Take) -> Sound:
    """A racing car that flies past at full revs."""
    return _passes(take, _racer, metres_per_s=62 * take.speed, aside_m=9.0)


def _car(take: Take, frames: int) -> Sound:
    rng = take.rng
    rpm = np.full(frames, 2300 * take.scale, np.float32) * (1 + 0.01 * drift(rng, frames, 0.6, 2))
    engine = low(motor(rng, rpm, cylinders=4, uneven=0.1, sharp=5.0), 1200, 1)
    tyres = band(pink(rng, frames), 350, 2600) * (1 + 0.1 * drift(rng, frames, 12, 2))
    return 0.5 * engine + 1.0 * steady(tyres)


def _racer(take: Take, frames: int) -> Sound:
    rng = take.rng
    share = np.linspace(0, 1, frames, dtype=np.float32)
    rpm = (10_500 + 2500 * share - 1800 * (share > 0.72)) * take.scale  # a change down before the bend
    engine = motor(rng, low(rpm - rpm[0], 8, 1) + rpm[0], cylinders=10, uneven=0.12, sharp=5.0, pipe_s=0.004, noisy=0.5)
    return engine + 0.25 * high(noise(rng, frames), 1500, 1)


def _passes(take: Take, source: object, metres_per_s: float, aside_m: float) -> Sound:
    """Once for up to about eight seconds, again and again from alternate sides for longer."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    each = min(take.seconds, 8.0)
    count = max(round(take.seconds / (each * 1.15)), 1)
    for index in range(count):
        length = min(frames, frames_of(each))
        first = min(round(index * frames / count), frames - length)
        made = source(take, length + frames_of(AHEAD_S))  # type: ignore[operator]
        nearest = take.within(0.42, 0.58)
        along = (np.linspace(-nearest, 1 - nearest, length) * each * metres_per_s).astype(np.float32)
        out[:, first : first + length] += passing(made, along * rng.choice([-1, 1]), aside_m)
    return out


def traffic(take: Take) -> Sound:
    """A street: the far city as a low roar, cars that pass on both sides, now and then a horn far away."""
    rng, frames = take.rng, take.frames
    out = 0.35 * steady(band(stereo_noise(rng, frames), 50, 700)) * (1 + 0.15 * drift(rng, frames, 0.3, 2))
    each = min(frames, frames_of(6.0))
    cars = max(round(take.seconds / (2.6 / take.speed)), 1)
    for _ in range(cars):
        first = int(rng.integers(-each // 2, frames - each // 2))
        start_at, skip = max(first, 0), max(-first, 0)
        room = min(frames - start_at, each - skip)
        car = _car(Take(6.0, rng, take.force, rng.uniform(-0.5, 0.8)), each + frames_of(AHEAD_S))
        along = np.linspace(-0.5, 0.5, each, dtype=np.float32) * 6 * take.within(9, 16)
        heard = passing(car, along * rng.choice([-1, 1]), take.within(6, 16)) * np.float32(take.within(0.4, 1.0))
        out[:, start_at : start_at + room] += heard[:, skip : skip + room]
    return low(out, 1700, 1)


def horn(take: Take) -> Sound:
    """A car's horn: two buzzing notes a third apart, through a metal trumpet."""
    rng = take.rng
    frames = frames_of(take.within(0.45, 0.9))
    out = np.zeros(frames, np.float32)
    for hz in (415.0, 522.0):
        phase = turning(hz * take.scale * take.within(0.98, 1.02), frames) / (2 * np.pi) % 1
        buzz = np.exp(-6 * phase) - 0.15
        out += (buzz * (1 + 0.06 * noise(rng, frames))).astype(np.float32)
    shaped = band(out, 350, 4500) + 0.6 * moving(out, 1900, 2.5) + 0.4 * moving(out, 3100, 3)
    return np.asarray(shaped * hump(frames, 0.03, 0.05), np.float32)


def skid(take: Take) -> Sound:
    """Tyres that slide: stick and slip of rubber as a rough chord that falls, over a scraping noise."""
    rng = take.rng
    frames = frames_of(take.within(1.2, 2.4))
    out = band(noise(rng, frames), 500, 3500) * 0.3
    for base in (690, 905, 1160):
        hz = (
            base * take.scale * path(frames, (0, 0.92), (0.15, 1.06), (1, 0.8)) * (1 + 0.02 * drift(rng, frames, 18, 2))
        )
        saw = (turning(hz) / np.pi % 2 - 1).astype(np.float32)
        out += 0.4 * saw * (1 + 0.5 * drift(rng, frames, 35, 1))
    return band(out, 450, 6000) * hump(frames, 0.08, 0.35)


def mower(take: Take) -> Sound:
    """One cylinder near 3000 rpm, and the blade that beats the air and the grass."""
    rng, frames = take.rng, take.frames
    rpm = 2900 * take.speed * take.scale * (1 + 0.015 * drift(rng, frames, 1.2, 2))
    core = motor(rng, rpm, cylinders=1, uneven=0.1, sharp=7.0, pipe_s=0.004, noisy=0.8)
    beat = 1 + 0.5 * np.sin(turning(2 * rpm / 60))
    blade = band(stereo_noise(rng, frames), 500, 3200) * beat
    return np.stack([high(low(core, 2600, 1), 90, 1)] * 2) + 0.4 * steady(blade)


def chainsaw(take: Take) -> Sound:
    """Two strokes: a rattle at idle that is revved into a scream, and bites into wood."""
    rng, frames = take.rng, take.frames
    pull = np.clip(0.5 + 0.9 * drift(rng, frames, 0.45 * take.speed, 1), 0, 1)
    rpm = (2700 + 6100 * pull) * take.scale * (1 + 0.012 * drift(rng, frames, 14, 1))
    rpm = np.maximum(low(rpm - rpm[0], 2.5, 1) + rpm[0], 1500)
    core = motor(rng, rpm, cylinders=1, strokes=2, uneven=0.14, sharp=7.0, pipe_s=0.0035, noisy=0.7)
    core = low(core, 3600, 1)
    chain = band(noise(rng, frames), 1800, 7500) * np.clip((rpm - 3500) / 5000, 0, 1)
    level = 0.45 + 0.55 * np.clip((rpm - 2500) / 5500, 0, 1)
    return np.asarray((core * level + 0.35 * chain).astype(np.float32), np.float32)
