# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Water: bubbles that ring (van den Doel 2005, Physically based models for liquid sounds) and sprays that hiss."""

import numpy as np
from numpy.typing import NDArray

from models.effects.filters import band, high, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    bursts,
    chirps,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    path,
    pink,
    poisson,
    steady,
    stereo_noise,
)  # fmt: skip
from models.effects.take import Take


def _bubbles(take: Take, first: NDArray[np.int64], small_hz: float, octaves: float, rise: float = 0.1) -> Sound:
    """Bubbles of radius 3 m/s / f: they ring at f for 0.13 r + 0.0072 r^-1.5 and rise as they near the surface."""
    rng = take.rng
    hz = small_hz * take.scale * 2 ** (-octaves * rng.beta(1.6, 1.3, first.size))
    radius = 3.0 / hz
    damping = 0.13 / radius + 0.0072 * radius**-1.5
    loud = heavy_tailed(rng, first.size, 6.0) * (small_hz / hz) ** 0.35
    rising = rise * rng.exponential(1.0, first.size)
    return chirps(rng, take.frames, first, hz, 2.2 / damping, loud, rise=rising, width=0.8, attack_s=0.001)


def stream(take: Take) -> Sound:
    """A brook: a babble of small bubbles that comes and goes, over a little wash."""
    rng, frames = take.rng, take.frames
    flow = np.clip(0.55 + 0.25 * drift(rng, frames, 1.1 * take.speed, 3), 0.1, 1)
    first = poisson(rng, frames, take.grown(190, 1.9), flow)
    wash = band(stereo_noise(rng, frames), 500, 5200) * (0.6 + 0.5 * flow)
    return steady(_bubbles(take, first, 2900, 2.6, 0.12)) + np.float32(take.grown(0.22, 2.0)) * steady(wash)


def river(take: Take) -> Sound:
    """Wider and heavier: mostly wash, with low gurgles."""
    rng, frames = take.rng, take.frames
    swell = 1 + 0.22 * drift(rng, frames, 0.6 * take.speed, 4)
    wash = steady(band(stereo_noise(rng, frames), 160, 1900)) * swell
    first = poisson(rng, frames, take.grown(90, 1.6))
    return np.asarray(
        wash + 0.5 * steady(_bubbles(take, first, 1100, 2.2)) + 0.25 * steady(band(wash, 60, 200)), np.float32
    )


def waterfall(take: Take) -> Sound:
    """A dense roar that hardly changes: no drop is heard alone."""
    rng, frames = take.rng, take.frames
    fall = steady(stereo_noise(rng, frames, 0.85))
    roar = steady(band(fall, 70, 900 * take.scale)) * (1 + 0.07 * drift(rng, frames, 2.0, 3))
    spray = steady(band(fall, 1200, 9000)) * (1 + 0.05 * drift(rng, frames, 3.0, 2))
    return roar + np.float32(take.grown(0.5, 0.8)) * spray


def waves(take: Take) -> Sound:
    """A swell of 6 to 10 s: it rises out of a far roar, breaks from one side to the other, and runs back hissing."""
    rng, frames = take.rng, take.frames
    out = np.float32(0.25) * steady(low(stereo_noise(rng, frames), 500, 1))
    at = -take.within(1.0, 3.5) * RATE_HZ
    while at < frames:
        length = frames_of(take.within(7.0, 10.5) / take.speed)
        strength = take.grown(take.within(0.7, 1.1), 1.5)
        swell = path(length, (0, 0), (0.3, 0.35), (0.42, 1), (0.5, 0.75), (0.75, 0.25), (1, 0)) ** 1.3
        bright = path(length, (0, 350), (0.3, 700), (0.42, 3200), (0.6, 2600), (1, 4200))
        water = stereo_noise(rng, length, 0.8)
        breaker = moving(water, bright * take.scale, 0.45, "low") * swell
        thump = low(water, 140) * path(length, (0, 0), (0.38, 0), (0.43, 1), (0.55, 0.2), (1, 0)) * 2.5
        foam = high(water, 4200, 1) * path(length, (0, 0), (0.42, 0.1), (0.6, 0.35), (1, 0)) ** 1.5
        side = np.linspace(-0.5, 0.5, length, dtype=np.float32) * rng.choice([-1, 1])
        wave = (breaker + thump + 0.6 * foam) * np.stack([1 - side, 1 + side]) * np.float32(strength)
        first, skip = max(round(at), 0), max(-round(at), 0)
        room = min(frames - first, length - skip)
        out[:, first : first + room] += wave[:, skip : skip + room]
        at += length * take.within(0.6, 0.95)
    return out


def drip(take: Take) -> Sound:
    """One drop into water: a tick of the impact, then the bubble it takes under (the 'plink' of Franz 1959)."""
    rng = take.rng
    frames = frames_of(0.4)
    hz = take.within(750, 1700) * take.scale
    t = np.arange(frames) / RATE_HZ
    plink = np.sin(2 * np.pi * hz * (t + 0.9 * t**2)) * falling(frames, take.within(0.025, 0.05), 0.002)
    tick = high(noise(rng, frames), 3000) * falling(frames, 0.002) * 0.25
    late = frames_of(take.within(0.012, 0.03))
    out = np.zeros(frames, np.float32)
    out[late:] = plink[:-late]
    return (out + tick).astype(np.float32)


def bubbles(take: Take) -> Sound:
    """Air blown into water: large bubbles in clusters, each rising in pitch."""
    rng, frames = take.rng, take.frames
    flow = np.clip(0.5 + 0.4 * drift(rng, frames, 1.6 * take.speed, 2), 0.05, 1)
    first = poisson(rng, frames, take.grown(32, 1.8) * take.speed, flow)
    return steady(_bubbles(take, first, 1300, 2.1, 0.45)) + 0.05 * steady(low(stereo_noise(rng, frames), 300))


def boiling(take: Take) -> Sound:
    """A pot at the boil: a rolling crowd of low bubbles, a rattle of the pot, steam."""
    rng, frames = take.rng, take.frames
    roll = np.clip(0.7 + 0.2 * drift(rng, frames, 2.2, 3), 0.2, 1)
    first = poisson(rng, frames, take.grown(110, 1.6), roll)
    steam = high(stereo_noise(rng, frames), 3500, 1) * 0.06
    return np.asarray(
        steady(_bubbles(take, first, 900, 2.3, 0.3)) + 0.35 * steady(band(stereo_noise(rng, frames), 120, 700)) + steam,
        np.float32,
    )


def splash(take: Take) -> Sound:
    """Something falls into water: the slap, the cavity that closes, spray and drops that fall back."""
    rng = take.rng
    frames = frames_of(2.2)
    part = Take(2.2, rng, take.force, take.size, pitch=take.pitch)
    slap = band(noise(rng, frames), 250 * take.scale, 3500) * falling(frames, 0.07, 0.002)
    crown = moving(noise(rng, frames), path(frames, (0, 5200), (0.3, 2600), (1, 1600)), 0.5) * (
        falling(frames, 0.28, 0.04) * 0.8
    )
    cavity = low(noise(rng, frames), 260 * take.scale) * np.roll(falling(frames, 0.09, 0.02), frames_of(0.12)) * 1.6
    density = path(frames, (0, 0), (0.06, 1), (0.35, 0.4), (1, 0))
    first = poisson(rng, frames, 220, density)
    drops = 0.28 * _bubbles(part, first, 3200, 2.5, 0.15)
    return mixed(np.stack([slap + crown + cavity] * 2), drops)


def underwater(take: Take) -> Sound:
    """A diver's ear: dull pressure noise, slow currents, bubbles that pass in groups."""
    rng, frames = take.rng, take.frames
    deep = steady(low(stereo_noise(rng, frames), 210, 2)) * (1 + 0.35 * drift(rng, frames, 0.3, 3))
    current = moving(pink(rng, frames), 260 + 90 * drift(rng, frames, 0.25, 2), 3.0)
    groups = np.clip(drift(rng, frames, 0.35, 2) - 0.3, 0, 1)
    first = poisson(rng, frames, 60, groups)
    rising = low(_bubbles(take, first, 700, 1.8, 0.5), 1200, 1)
    return np.asarray(deep + 0.3 * steady(current) + 0.35 * rising, np.float32)


def pouring(take: Take) -> Sound:
    """A glass fills: bubbles and splatter, coloured by the air column that gets shorter, so the pitch rises."""
    rng, frames = take.rng, take.frames
    first = poisson(rng, frames, take.grown(150, 1.5))
    water = _bubbles(take, first, 2600, 2.2, 0.2)
    fill = path(frames, (0, 1.0), (1, 0.16)) if take.seconds < 20 else path(frames, (0, 1.0), (1, 0.3))
    column = 330 * take.scale / fill * (1 + 0.01 * drift(rng, frames, 3, 2))
    air = moving(noise(rng, frames), column, 9.0) + 0.5 * moving(noise(rng, frames), 3 * column, 12.0)
    splatter = band(stereo_noise(rng, frames), 1500, 8000) * 0.15
    return np.asarray(0.8 * steady(water) + 0.55 * np.stack([steady(air)] * 2) + splatter, np.float32)


def shower(take: Take) -> Sound:
    """Jets on tiles: a dense bright spray, splatter, and the hollow of the cabin."""
    rng, frames = take.rng, take.frames
    jets = steady(band(stereo_noise(rng, frames, 0.6), 1300, 11_000))
    first = poisson(rng, frames, 500)
    hz = rng.uniform(1500, 6000, first.size)
    splatter = bursts(rng, frames, first, hz, 0.003, heavy_tailed(rng, first.size, 6), quality=1.2)
    body = steady(band(jets, 250, 700)) * (1 + 0.15 * drift(rng, frames, 0.8, 2))
    return jets + 0.6 * steady(splatter) + 0.3 * body


def flush(take: Take) -> Sound:
    """A toilet: the lever, a rush that swirls away, gurgling, the cistern that fills."""
    rng = take.rng
    frames = frames_of(min(take.seconds, 8.0))
    rush = steady(band(stereo_noise(rng, frames), 250, 3800)) * path(
        frames, (0, 0), (0.04, 1), (0.35, 0.9), (0.5, 0.3), (0.6, 0.12), (1, 0.1)
    )
    swirl = moving(pink(rng, frames), path(frames, (0, 500), (0.4, 260), (1, 200)), 4.0)
    swirl = steady(swirl) * hump(frames, 0.1, 0.6) * (1 + 0.5 * drift(rng, frames, 6, 1))
    first = poisson(rng, frames, 70, path(frames, (0, 0), (0.3, 0.3), (0.45, 1), (0.6, 0.2), (0.7, 0), (1, 0)))
    gurgle = _bubbles(Take(frames / RATE_HZ, rng), first, 650, 2.0, 0.4)[:, :frames]
    lever = ring(noise(rng, frames_of(0.1)) * falling(frames_of(0.1), 0.002), [900, 2300, 3900], 0.012)
    filling = 0.06 * steady(high(stereo_noise(rng, frames), 2500, 1)) * path(frames, (0, 0), (0.3, 1), (1, 1))
    return mixed(rush + 0.5 * swirl + 0.3 * gurgle + filling, 0.3 * lever)
