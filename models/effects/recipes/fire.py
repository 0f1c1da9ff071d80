# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Fire after Farnell 2010: a roar of turbulent gas, hiss of escaping steam, and crackle of wood that bursts."""

import numpy as np

from models.effects.filters import band, high, low, moving
from models.effects.signals import (
    Sound,
    bursts,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    path,
    poisson,
    steady,
    stereo_noise,
)  # fmt: skip
from models.effects.take import Take


def fire(take: Take) -> Sound:
    """A campfire; with force the roar of a blaze takes over."""
    rng, frames = take.rng, take.frames
    flicker = np.clip(0.7 + 0.25 * drift(rng, frames, 2.5, 3), 0.35, 1.6)
    roar = steady(band(stereo_noise(rng, frames, 0.5), 55, 420)) * flicker
    hiss = (
        steady(high(stereo_noise(rng, frames), 2500, 1)) * np.clip(0.25 + 0.3 * drift(rng, frames, 0.6, 3), 0, 1) ** 2
    )
    clusters = np.clip(0.3 + 0.45 * drift(rng, frames, 1.3, 2), 0.06, 1)
    first = poisson(rng, frames, take.grown(42, 1.3) * take.speed, clusters)
    loud = heavy_tailed(rng, first.size, 9.0)
    hz = np.exp(rng.normal(np.log(3600 * take.scale), 0.6, first.size)) / loud**0.2
    crackle = bursts(rng, frames, first, hz, rng.uniform(0.0006, 0.004, first.size), loud, quality=1.2)
    pops = poisson(rng, frames, take.grown(1.6, 1.6))
    pop = bursts(
        rng, frames, pops, rng.uniform(350, 1100, pops.size), rng.uniform(0.006, 0.02, pops.size),
        heavy_tailed(rng, pops.size, 5.0), quality=1.5,
    )  # fmt: skip
    return np.asarray(np.float32(take.grown(0.22, 2.6)) * roar + 0.09 * hiss + 1.1 * crackle + 1.6 * pop, np.float32)


def match(take: Take) -> Sound:
    """A match: the scratch, the flare, then a small flame."""
    rng = take.rng
    frames = frames_of(2.4)
    scratch = band(noise(rng, frames), 2200, 9000) * path(frames, (0, 0), (0.02, 0.7), (0.12, 1), (0.14, 0), (1, 0))
    scratch *= 1 + 0.6 * drift(rng, frames, 90, 1)
    flare = moving(noise(rng, frames), path(frames, (0, 900), (0.2, 4000), (0.5, 900), (1, 500)), 0.6)
    flare *= np.roll(hump(frames, 0.06, 0.8), frames_of(0.22)) ** 2 * path(frames, (0, 0), (0.11, 0), (0.13, 1), (1, 1))
    flame = (
        low(noise(rng, frames), 300)
        * path(frames, (0, 0), (0.15, 0), (0.3, 0.5), (1, 0))
        * (1 + 0.4 * drift(rng, frames, 9, 2))
    )
    return scratch + 1.3 * flare + flame


def sizzle(take: Take) -> Sound:
    """Frying: a dense hiss of tiny bursts of steam, and fat that spits."""
    rng, frames = take.rng, take.frames
    heat = np.clip(0.7 + 0.2 * drift(rng, frames, 1.0, 3), 0.2, 1)
    first = poisson(rng, frames, take.grown(1500, 1.4), heat)
    hz = np.exp(rng.normal(np.log(6500), 0.35, first.size))
    spit = bursts(rng, frames, first, hz, rng.uniform(0.0006, 0.003, first.size), heavy_tailed(rng, first.size, 7))
    bed = steady(band(stereo_noise(rng, frames), 3500, 13_000)) * heat
    return np.asarray(0.5 * steady(spit) + 0.5 * bed, np.float32)


def fuse(take: Take) -> Sound:
    """A fuse that burns, or an electric spark that does not stop: fast irregular spitting."""
    rng, frames = take.rng, take.frames
    spit = np.clip(drift(rng, frames, 35 * take.speed, 2), 0, 2)
    out = steady(high(stereo_noise(rng, frames, 0.3), 1800)) * spit
    first = poisson(rng, frames, 60)
    snap = bursts(rng, frames, first, rng.uniform(2500, 7000, first.size), 0.001, heavy_tailed(rng, first.size, 7))
    return mixed(out, 2.0 * snap) * falling(frames, 1e6, 0.01)


def spark(take: Take) -> Sound:
    """Electricity that jumps: bursts of the mains' pulses, snaps, and a buzz between them."""
    rng, frames = take.rng, take.frames
    mains = 100.0 * take.pitch
    phase = (np.arange(frames) * mains / 44_100) % 1
    buzz = (phase < 0.06).astype(np.float32) * noise(rng, frames)
    arcs = np.clip(drift(rng, frames, 5 * take.speed, 2) + 0.15, 0, 1.5)
    first = poisson(rng, frames, 45, np.clip(arcs, 0, 1))
    snap = bursts(rng, frames, first, rng.uniform(1500, 8000, first.size), 0.0015, heavy_tailed(rng, first.size, 7))
    hum = np.sin(2 * np.pi * phase) + 0.5 * np.sin(4 * np.pi * phase) + 0.3 * np.sin(6 * np.pi * phase)
    arc = high(buzz * arcs.astype(np.float32), 700, 1)
    return mixed(2.2 * snap, np.stack([arc + 0.02 * hum.astype(np.float32)] * 2))
