# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Rain, hail, thunder, wind (after Farnell, Designing Sound, 2010; thunder after Few 1969, Ribner and Roy 1982)."""

import numpy as np

from models.effects.bodies import decay_s, plate
from models.effects.filters import SPEED_OF_SOUND, band, high, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    bursts,
    chirps,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    mixed,
    noise,
    pink,
    poisson,
    steady,
    stereo_noise,
)  # fmt: skip
from models.effects.take import Take

# What drops fall on: lowest mode in Hz, material, share of what rings against what splashes.
ROOFS = {"metal": (310.0, "tin", 0.8), "glass": (900.0, "glass", 0.45), "tent": (140.0, "cardboard", 0.8),
         "wood": (230.0, "wood", 0.55), "plastic": (260.0, "plastic", 0.7)}  # fmt: skip
SEGMENT_M = 12.0
STORM_M = {-1: 5200.0, 0: 1400.0, 1: 350.0}


def rain(take: Take) -> Sound:
    """Far drops that have become noise, near drops one by one, and what they fall on, which rings or rustles."""
    rng, frames = take.rng, take.frames
    rate = take.grown(260.0, 2.6)
    swell = 1 + 0.12 * drift(rng, frames, 0.3, 2)
    soft = take.material == "leaves"
    far = steady(band(stereo_noise(rng, frames), take.grown(900, 0.72), 5000 if soft else 9500)) * swell
    out = np.float32(take.grown(0.35, 1.9)) * far
    first = poisson(rng, frames, rate)
    loud = heavy_tailed(rng, first.size, 7.0)
    top = 3200.0 if soft else 6500.0
    hz = np.exp(rng.normal(np.log(top), 0.45, first.size)) / loud**0.25
    out += 1.3 * bursts(rng, frames, first, hz, rng.uniform(0.0012, 0.005, first.size), loud, quality=0.9)
    if soft:
        bed = band(stereo_noise(rng, frames), 1200, 5500) * (1 + 0.5 * np.clip(drift(rng, frames, 0.8, 3), -1, 2))
        return out + 0.35 * steady(bed)
    if take.material in ROOFS:
        lowest, material, share = ROOFS[take.material]
        return np.float32(1 - 0.6 * share) * out + np.float32(share * 1.6) * _roof(take, lowest, material, rate)
    drips = first[rng.random(first.size) < 0.06]
    pitch = rng.uniform(1400, 5200, drips.size)
    return out + 0.7 * chirps(rng, frames, drips, pitch, 0.006, heavy_tailed(rng, drips.size, 5), rise=0.12)


def _roof(take: Take, lowest_hz: float, material: str, rate: float) -> Sound:
    rng, frames = take.rng, take.frames
    sides = []
    for _ in range(2):
        force = np.zeros(frames, np.float32)
        first = poisson(rng, frames, rate * 0.55)
        np.add.at(force, first, heavy_tailed(rng, first.size, 8.0).astype(np.float32))
        hz = plate(rng, lowest_hz, 16)
        sides.append(ring(low(force, 7000, 1), hz, np.maximum(decay_s(hz, material), 0.004), (hz / hz[0]) ** -0.25))
    left, right = steady(sides[0]), steady(sides[1])
    return np.stack([left + 0.35 * right, right + 0.35 * left])


def hail(take: Take) -> Sound:
    """Stones of ice that bounce: each hit two or three times, hard and bright, over a thin rain."""
    rng, frames = take.rng, take.frames
    first = poisson(rng, frames, take.grown(70.0, 2.2))
    loud = heavy_tailed(rng, first.size, 7.0)
    again = np.minimum(first + rng.integers(1500, 5200, first.size), frames - 1)
    order = np.argsort(np.concatenate([first, again]), kind="stable")
    first = np.concatenate([first, again])[order]
    loud = np.concatenate([loud, 0.3 * loud])[order]
    size = np.exp(rng.normal(0, 0.3, first.size))
    ticks = chirps(rng, frames, first, 3300 * take.scale / size, 0.0035, loud, attack_s=0.0002)
    knocks = bursts(rng, frames, first, 1500 * take.scale / size, 0.006, 1.8 * loud, quality=1.5)
    bed = 0.12 * steady(band(stereo_noise(rng, frames), 1500, 10_000))
    if take.material in ROOFS:
        lowest, material, _ = ROOFS[take.material]
        return mixed(0.6 * ticks + 0.6 * knocks + bed, 0.7 * _roof(take, lowest, material, 60.0))
    return ticks + knocks + bed


def thunder(take: Take) -> Sound:
    """A crooked channel of lightning: every piece sends an N-shaped wave that arrives at its own time.

    Near ones crack, because a piece is close; from far away air and hills leave a rumble.
    """
    rng = take.rng
    near_m = float(np.interp(take.force, [-1, 0, 1], [STORM_M[-1], STORM_M[0], STORM_M[1]])) * take.within(0.85, 1.2)
    frames = frames_of(min(take.seconds, float(np.interp(near_m, [300, 5000], [9, 13]))))
    turns = rng.normal(0, 0.55, (420, 3)).cumsum(axis=0) * 0.25 + np.array([0.25, 0.1, 1.0])
    along = SEGMENT_M * turns / np.linalg.norm(turns, axis=1, keepdims=True) * rng.uniform(0.6, 1.4, (420, 1))
    place = np.array([near_m, 0, 0]) + along.cumsum(axis=0)
    distance = np.linalg.norm(place, axis=1)
    facing = np.abs(np.sum(along * place, axis=1)) / (np.linalg.norm(along, axis=1) * distance)
    arrival = (distance - distance.min()) / SPEED_OF_SOUND
    strength = (1.05 - facing) * (near_m / distance) ** 1.2 * np.exp(rng.normal(0, 0.6, distance.size))
    pulses = np.zeros((2, frames), np.float32)
    first = np.minimum((arrival * RATE_HZ).astype(int) + 40, frames - 1)
    side = np.clip(place[:, 1] / near_m, -1, 1)
    for channel, sign in enumerate((-1, 1)):
        np.add.at(pulses[channel], first, (strength * (1 + 0.5 * sign * side)).astype(np.float32))
    wave = np.concatenate([np.linspace(1, -1, frames_of(0.004)), np.zeros(8)])
    bolt = _convolved(pulses, wave.astype(np.float32))[:, :frames]
    bolt = low(bolt, float(np.interp(np.log(near_m), np.log([300, 1400, 5000]), [9000, 900, 170])), 2)
    tail = frames_of(6.0)
    hills = low(stereo_noise(rng, tail), 190, 2) * falling(tail, 1.5, 0.05)
    rolls = 1 + 0.8 * np.clip(drift(rng, frames, 1.4, 3), -1.1, 2)
    rumble = steady(_convolved(bolt, hills)[:, :frames]) * rolls
    direct = bolt / max(float(np.abs(bolt).max()), 1e-9)
    share = float(np.interp(np.log(near_m), np.log([300, 1400, 5000]), [0.10, 0.2, 0.3]))
    return (direct + np.float32(share) * rumble) * falling(frames, frames / RATE_HZ / 2.4, 0.002)


def _convolved(sound: Sound, response: Sound) -> Sound:
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(sound, np.atleast_2d(response), axes=1), np.float32)


def wind(take: Take) -> Sound:
    """Turbulence by fractal gusts: the stronger the wind, the higher its noise; gaps and wires whistle in gusts."""
    rng, frames = take.rng, take.frames
    least = 0.25 + 0.1 * take.force  # a wind never stops altogether
    gust = np.clip(0.6 + 0.28 * drift(rng, frames, 0.22 * take.speed, 4), least, 1.4)
    both = []
    for _ in range(2):
        blow = np.clip(gust + 0.1 * drift(rng, frames, 0.9, 2), 0.15, 1.6)
        air = pink(rng, frames)
        body = moving(air, take.grown(430, 1.5) * take.scale * (0.45 + blow), 0.8) * blow
        rumble = low(pink(rng, frames), 130, 1) * blow
        hiss = moving(air, 1500 + 1500 * blow, 0.6) * blow**2.5 * np.float32(take.grown(0.25, 2.0))
        both.append(body + 0.3 * rumble + hiss)
    out = np.stack(both)
    level = np.float32(out.std())
    whistles = 4 if take.material == "howling" or take.force > 0.5 else 1
    amount = level * (1.1 if take.material == "howling" else take.grown(0.3, 2.2))
    for _ in range(whistles):
        bend = take.within(480, 1150) * take.scale * (0.75 + 0.4 * gust + 0.03 * drift(rng, frames, 1.5, 2))
        voice = steady(moving(noise(rng, frames), bend, 30.0)) * np.clip(gust - 0.4, 0, None) ** 1.5
        side = take.within(0.2, 0.8)
        out += np.float32(amount) * np.stack([(1 - side) * voice, side * voice])
    return out


def leaves(take: Take) -> Sound:
    """Wind in a tree: every leaf that hits another is a grain, and gusts make more of them."""
    rng, frames = take.rng, take.frames
    gust = np.clip(0.4 + 0.33 * drift(rng, frames, 0.3 * take.speed, 4), 0.04, 1.0)
    first = poisson(rng, frames, take.grown(1200.0, 1.5), gust**1.5)
    hz = np.exp(rng.normal(np.log(4200 * take.scale), 0.4, first.size))
    grains = bursts(rng, frames, first, hz, rng.uniform(0.002, 0.009, first.size), heavy_tailed(rng, first.size, 6))
    bed = band(stereo_noise(rng, frames), 700, 6000) * gust**1.6
    return np.asarray(grains + 0.5 * bed + 0.25 * low(bed, 400), np.float32)


def blizzard(take: Take) -> Sound:
    """A gale that carries snow: wind, and fine ice that hisses."""
    grains = high(stereo_noise(take.rng, take.frames), 4500, 1) * np.clip(
        0.3 + 0.25 * drift(take.rng, take.frames, 0.5, 3), 0, 1
    )
    return np.asarray(steady(wind(take)) + 0.12 * grains, np.float32)
