"""Trains: wheels over joints, horns, steam."""

import numpy as np

from models.effects.bodies import struck, thud
from models.effects.filters import band, high, low, moving
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    pink,
    placed,
    steady,
    stereo_noise,
    summed,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

RAIL_M, BOGIE_M, WAGON_M = 12.0, 2.3, 9.5  # between joints, between axles, between the bogies of a wagon


def train(take: Take) -> Sound:
    """A train on jointed track: da-dum, da-dum of two axles, rolling noise, flanges that sing in a bend."""
    rng, frames = take.rng, take.frames
    speed = 15.0 * take.speed
    out = 0.8 * steady(band(stereo_noise(rng, frames, 0.5), 60, 900)) * (1 + 0.12 * drift(rng, frames, 1.5, 3))
    out += 0.14 * steady(band(stereo_noise(rng, frames), 1200, 5000)) * (1 + 0.2 * drift(rng, frames, 0.5, 2))
    clacks = [_clack(take) for _ in range(6)]
    joints = []
    at = take.within(0, RAIL_M / speed)
    while at < take.seconds:
        for axle, level in ((0.0, 1.0), (BOGIE_M, 0.85), (WAGON_M, 0.5), (WAGON_M + BOGIE_M, 0.42)):
            jitter = take.within(-0.006, 0.006)
            joints.append((at + axle / speed + jitter, np.float32(level) * clacks[int(rng.integers(6))]))
        at += RAIL_M / speed
    out = mixed(out, 4.5 * placed(frames, *joints))
    squeal = sum(
        moving(noise(rng, frames), hz * (1 + 0.004 * drift(rng, frames, 2, 2)), 90.0) for hz in (1830, 2710, 4180)
    )
    return np.asarray(
        out + 0.5 * np.asarray(squeal, np.float32) * np.clip(drift(rng, frames, 0.25, 1) - 0.6, 0, 1), np.float32
    )


def _clack(take: Take) -> Sound:
    hit = struck(take.rng, 0.4, 240 * take.within(0.95, 1.05), "tin", contact_s=0.0016, count=30, tilt=0.5)
    body = thud(take.rng, 0.3, 78 * take.scale, 0.05)
    return mixed(unit(hit) * falling(hit.size, 0.045, 0.0), 0.9 * body).astype(np.float32)


def steam_train(take: Take) -> Sound:
    """A steam engine: four chuffs a turn of the wheels, the first the strongest, with steam and rolling."""
    rng, frames = take.rng, take.frames
    rate = 4.6 * take.speed * (1 + 0.02 * drift(rng, frames, 0.2, 1))
    beat = summed(rate) / RATE_HZ
    phase = (beat % 1).astype(np.float32)
    accent = np.array([1.0, 0.72, 0.85, 0.7], np.float32)[beat.astype(int) % 4]
    puff = np.exp(-5 * phase) * np.clip(phase / 0.06, 0, 1) * accent
    air = stereo_noise(rng, frames, 0.5)
    chuff = steady(band(air, 180 * take.scale, 1900)) * puff + 0.3 * steady(high(air, 2500, 1)) * puff**1.5
    rods = np.zeros(frames, np.float32)
    rods[np.flatnonzero(np.diff(np.floor(beat / 2)) > 0)] = 1
    rolling = 0.16 * steady(low(pink(rng, frames), 500))
    clank = _rods(rods, take)
    return np.asarray(chuff + np.stack([rolling + 0.16 * clank] * 2) + 0.03 * steady(high(air, 4000, 1)), np.float32)


def _rods(hits: Sound, take: Take) -> Sound:
    from models.effects.filters import ring

    return unit(ring(hits, [430 * take.scale, 910, 1370, 2240, 3300], [0.05, 0.04, 0.03, 0.02, 0.015]))


def train_horn(take: Take) -> Sound:
    """An air horn of five trumpets in a chord (that of the Nathan K5LA), whose reeds need a moment to speak."""
    rng = take.rng
    frames = frames_of(take.within(1.4, 2.4))
    out = np.zeros(frames, np.float32)
    for hz in (311.1, 370.0, 415.3, 493.9, 622.3):
        bend = hz * take.scale * (1 - 0.05 * np.exp(-np.arange(frames) / (0.05 * RATE_HZ)))
        bend *= take.within(0.996, 1.004) * (1 + 0.0015 * drift(rng, frames, 6, 1))
        phase = turning(bend) / (2 * np.pi) % 1
        out += (np.exp(-7 * phase) - 0.14).astype(np.float32) * (1 + 0.08 * noise(rng, frames))
    return band(out, 280, 3600) * hump(frames, 0.06, 0.12)


def whistle(take: Take) -> Sound:
    """A steam whistle: three pipes blown with wet steam."""
    rng = take.rng
    frames = frames_of(take.within(1.0, 1.8))
    out = 0.25 * band(noise(rng, frames), 700, 6000)
    for hz in (587.0, 698.0, 880.0):
        bend = hz * take.scale * (1 - 0.08 * np.exp(-np.arange(frames) / (0.08 * RATE_HZ)))
        bend *= 1 + 0.004 * drift(rng, frames, 9, 2)
        wave = np.sin(turning(bend)) + 0.35 * np.sin(2 * turning(bend)) + 0.18 * np.sin(3 * turning(bend))
        out += (
            0.5 * wave * (1 + 0.12 * drift(rng, frames, 40, 1)) + 0.12 * moving(noise(rng, frames), bend, 15)
        ).astype(np.float32)
    return out * hump(frames, 0.12, 0.2)
