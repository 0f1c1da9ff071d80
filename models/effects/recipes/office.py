# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Machines with a beat: clocks, printers, keys, tills."""

import numpy as np

from models.effects.bodies import struck, thud
from models.effects.filters import band, high, low, ring
from models.effects.kernels import RATE_HZ
from models.effects.recipes.interface import key
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    placed,
    steady,
    summed,
    tone,
    unit,
)  # fmt: skip
from models.effects.take import Take


def sewing(take: Take) -> Sound:
    """Twelve stitches a second in bursts: needle, hook, motor."""
    rng, frames = take.rng, take.frames
    runs = np.clip(3 * (drift(rng, frames, 0.35, 1) + 0.55), 0.0, 1)
    beat = summed(11.5 * take.speed * (0.15 + 0.85 * runs)) / RATE_HZ
    at = np.flatnonzero(np.diff(np.floor(2 * beat)) > 0)
    force = np.zeros(frames, np.float32)
    force[at] = np.where(np.arange(at.size) % 2 == 0, 1.0, 0.55) * rng.uniform(0.85, 1.1, at.size)
    needle = ring(force, np.array([420, 980, 1750, 2900, 4300]) * take.scale, 0.005, [0.8, 1, 0.8, 0.6, 0.4])
    motor = tone(92 * take.scale * (0.4 + 0.6 * runs), harmonics=(0.5, 1, 0.6, 0.5, 0.4, 0.3, 0.2)) * runs
    return np.asarray(
        unit(needle) + 0.12 * motor + 0.05 * steady(band(noise(rng, frames), 800, 4000)) * runs, np.float32
    )


def printer(take: Take) -> Sound:
    """An inkjet: the carriage goes to and fro, paper advances between the lines."""
    rng, frames = take.rng, take.frames
    phase = (np.arange(frames) / RATE_HZ / (1.05 / take.speed)) % 1
    moves = (phase < 0.74).astype(np.float32)
    moves = low(moves, 30, 1)
    speed = np.clip(np.sin(np.pi * np.clip(phase / 0.74, 0, 1)), 0.2, 1)
    stepper = tone(np.maximum(640 * take.scale * speed, 60), harmonics=(0.6, 1, 0.3, 0.5, 0.2, 0.3)) * moves
    slide = steady(band(noise(rng, frames), 1200, 6000)) * moves * speed
    feed = ((phase > 0.78) & (phase < 0.96)).astype(np.float32)
    feed_tone = tone(np.full(frames, 235.0 * take.scale), harmonics=(1, 0.7, 0.5, 0.4, 0.3, 0.2)) * low(feed, 40, 1)
    ends = np.zeros(frames, np.float32)
    at = np.flatnonzero(np.diff((phase < 0.74).astype(int)) != 0)
    ends[at] = 1
    knock = ring(ends, [340, 780, 1500], 0.01)
    return np.asarray(
        (0.3 * stepper + 0.4 * slide + 0.4 * feed_tone).astype(np.float32) + 0.8 * unit(knock), np.float32
    )


def typewriter(take: Take) -> Sound:
    """A type bar strikes the platen: a hard clack on paper and steel."""
    rng = take.rng
    arm = unit(
        struck(rng, 0.2, 980 * take.scale * take.within(0.93, 1.07), "tin", contact_s=0.0005, count=22, tilt=0.15)
    ) * falling(frames_of(0.2), 0.018, 0)
    roller = thud(rng, 0.15, 185, 0.016)
    paper = high(noise(rng, frames_of(0.05)), 2500) * falling(frames_of(0.05), 0.004)
    advance = unit(struck(rng, 0.1, 2400, "tin", contact_s=0.0003, count=10)) * falling(frames_of(0.1), 0.006, 0)
    return placed(
        frames_of(0.3),
        (0.0, 0.2 * advance),
        (0.02, arm),
        (0.02, 0.6 * roller),
        (0.02, 0.2 * paper),
        (0.1, 0.25 * advance),
    )


def typing(take: Take) -> Sound:
    """Somebody types: bursts of words, pauses, the space bar; from a pool of keys."""
    rng, frames = take.rng, take.frames
    keys = [key(Take(0.3, rng, size=size)) for size in (0.0, 0.0, -0.1, 0.1, -0.2, 0.2, 0.05, -0.05)]
    space = key(Take(0.3, rng, size=0.9))
    parts, at = [], take.within(0.03, 0.15)
    while at < take.seconds - 0.1:
        for _ in range(int(rng.integers(2, 9))):
            parts.append((at, np.float32(take.within(0.55, 1.0)) * keys[int(rng.integers(8))]))
            at += float(np.clip(rng.lognormal(np.log(0.125), 0.35), 0.05, 0.4)) / take.speed
        parts.append((at, np.float32(0.9) * space))
        at += float(np.clip(rng.lognormal(np.log(0.2), 0.5), 0.1, 1.2)) / take.speed
    return placed(frames, *parts)


def clock(take: Take) -> Sound:
    """Tick and tock of an escapement, one a second, in a wooden case."""
    rng, frames = take.rng, take.frames
    big = take.size > 0
    parts = []
    half = (1.0 if big else 0.5) / take.speed
    pair = [
        mixed(
            unit(
                struck(
                    np.random.default_rng(int(seed)), 0.2, hz * take.scale, "tin", contact_s=0.0003, count=18, tilt=0.05
                )
            )
            * falling(frames_of(0.2), 0.006, 0),
            (0.5 if big else 0.22) * unit(ring(_impulse(0.2), [310 * take.scale, 620, 1150], 0.02)),
        )
        for seed, hz in zip(rng.integers(0, 2**31, 2), (1900, 1540), strict=True)
    ]
    for index, start in enumerate(np.arange(0.1, take.seconds, half)):
        parts.append((start + take.within(0, 0.002), np.float32(take.within(0.93, 1.0)) * pair[index % 2]))
    return placed(frames, *parts)


def _impulse(seconds: float) -> Sound:
    out = np.zeros(frames_of(seconds), np.float32)
    out[0] = 1
    return out


def camera_film(take: Take) -> Sound:
    """A film projector: eighteen claws a second, fan and film."""
    rng, frames = take.rng, take.frames
    beat = summed(18.0 * take.speed * (1 + 0.004 * drift(rng, frames, 1, 1))) / RATE_HZ
    at = np.flatnonzero(np.diff(np.floor(beat)) > 0)
    force = np.zeros(frames, np.float32)
    force[at] = rng.uniform(0.8, 1.0, at.size)
    claw = ring(force, np.array([850, 1650, 2700, 4100]) * take.scale, 0.0035)
    flutter = steady(band(noise(rng, frames), 900, 5000)) * np.exp(-4 * (beat % 1)).astype(np.float32)
    return np.asarray(unit(claw) + 0.1 * flutter + 0.015 * steady(low(noise(rng, frames), 500)), np.float32)


def slot(take: Take) -> Sound:
    """A cash register: the drawer springs open and its bell rings; coins."""
    from models.effects.bodies import bell

    rng = take.rng
    clack = unit(struck(rng, 0.3, 480 * take.scale, "tin", contact_s=0.0008)) * falling(frames_of(0.3), 0.03, 0)
    ding = unit(bell(rng, 1.6, 1900 * take.scale, 0.8, 0.0003))
    drawer = band(noise(rng, frames_of(0.25)), 400, 4000) * hump(frames_of(0.25), 0.3, 0.2)
    first = np.sort(rng.integers(frames_of(0.4), frames_of(0.85), 14)).astype(np.int64)
    coins = ring(_hits(first, frames_of(1.5), rng), [2900, 4300, 5600, 7400], 0.02)
    return placed(
        frames_of(2.1),
        (0.0, clack),
        (0.07, 0.8 * ding),
        (0.12, 0.3 * unit(drawer)),
        (0.36, 0.6 * clack),
        (0.05, 0.35 * unit(coins)),
    )


def _hits(first: np.ndarray[tuple[int], np.dtype[np.int64]], frames: int, rng: np.random.Generator) -> Sound:
    force = np.zeros(frames, np.float32)
    force[first] = heavy_tailed(rng, first.size, 5).astype(np.float32)
    return force
