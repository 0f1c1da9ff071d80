# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Feet: heel, then sole, on what is walked on (grains after Cook 2002, PhISEM; Turchet 2016, Footstep sounds)."""

import numpy as np

from models.effects.bodies import struck, thud
from models.effects.filters import band, high, low
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    bursts,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    path,
    placed,
    poisson,
    summed,
)
from models.effects.take import Take

# Of grains under a foot: how many per s, centre in Hz, decay in s, deviation in dB, deviation of the pitch in log.
GRAINS = {
    "gravel": (420.0, 3000.0, 0.006, 9.0, 0.5),
    "snow": (900.0, 1700.0, 0.004, 4.0, 0.3),
    "leaves": (300.0, 4800.0, 0.005, 9.0, 0.5),
    "sand": (1400.0, 2600.0, 0.003, 3.0, 0.3),
    "grass": (500.0, 3600.0, 0.004, 5.0, 0.4),
}
# Of solid floors: lowest mode in Hz, material, contact of the heel in s, thud in Hz.
FLOORS = {
    "wood": (105.0, "wood", 0.0022, 75.0),
    "concrete": (420.0, "stone", 0.0013, 95.0),
    "tile": (1200.0, "ceramic", 0.0007, 110.0),
    "metal": (190.0, "metal", 0.0009, 80.0),
    "carpet": (90.0, "rubber", 0.006, 70.0),
}


def step(take: Take) -> Sound:
    """One step, mono or stereo; `speed` above 1.3 is running: one hard contact."""
    rng = take.rng
    hurried = take.speed > 1.3
    roll = take.within(0.05, 0.07) if hurried else take.within(0.11, 0.16)
    force = take.grown(1.0, 1.5) * (1.3 if hurried else 1.0) * take.within(0.85, 1.1)
    if take.material == "water":
        return _splash(take, roll)
    if take.material in GRAINS:
        return _grains(take, roll, force)
    lowest, material, contact, body = FLOORS.get(take.material, FLOORS["concrete"])
    scale = take.scale * take.within(0.94, 1.06)
    parts = []
    for at_s, level in ((0.0, 1.0), (roll, take.within(0.3, 0.5))):
        hit = struck(rng, 0.5, lowest * scale, material, contact_s=contact * (1.6 if at_s else 1.0), tilt=0.5)
        hit = hit / np.float32(max(float(np.abs(hit).max()), 1e-9)) * falling(hit.size, 0.09, 0.0)
        heavy = thud(rng, 0.3, body * scale, 0.035)
        parts.append((at_s, np.float32(level * force) * (mixed(0.8 * hit, 0.55 * heavy))))
    scuff = band(noise(rng, frames_of(roll + 0.06)), 1500, 6500) * hump(frames_of(roll + 0.06), 0.4, 0.5)
    return placed(frames_of(0.6), *parts, (0.01, 0.035 * scuff))


def heel(take: Take) -> Sound:
    """High heels: a hard small tip that clacks, then a quiet sole."""
    rng = take.rng
    lowest, material = (650.0, "wood") if take.material in {"wood", ""} else (1300.0, "ceramic")
    tip = struck(rng, 0.35, lowest * take.scale * take.within(0.95, 1.05), material, contact_s=0.0004, tilt=0.15)
    tip = tip / np.float32(np.abs(tip).max()) * falling(tip.size, 0.025, 0.0)
    click = high(noise(rng, frames_of(0.03)), 2500) * falling(frames_of(0.03), 0.0025, 0.0003)
    sole = thud(rng, 0.2, 150 * take.scale, 0.02)
    return placed(frames_of(0.45), (0.0, tip + 0.0), (0.0, 0.2 * click), (take.within(0.06, 0.08), 0.22 * sole))


def _grains(take: Take, roll: float, force: float) -> Sound:
    rng = take.rng
    rate, centre, tau, spread_db, spread = GRAINS[take.material]
    seconds = roll * 1.6 + 0.14
    frames = frames_of(seconds + 0.1)
    held = frames_of(seconds)
    press = np.zeros(frames, np.float32)
    press[:held] = np.maximum(
        path(held, (0, 0), (0.08, 1), (0.22, 0.25), (1, 0)), path(held, (0, 0), (0.4, 0), (0.6, 0.8), (1, 0))
    )
    first = poisson(rng, frames, rate * 2.0, press)
    hz = np.exp(rng.normal(np.log(centre * take.scale), spread, first.size))
    grains = bursts(
        rng, frames, first, hz, tau * rng.uniform(0.5, 1.6, first.size),
        heavy_tailed(rng, first.size, spread_db), quality=1.3, width=0.3,
    )  # fmt: skip
    if take.material == "snow":  # ice that breaks under pressure creaks
        grains *= 1 + 0.7 * np.sign(np.sin(2 * np.pi * summed(np.linspace(95, 60, frames)) / RATE_HZ))
    weight = thud(rng, 0.25, 62 * take.scale, 0.045)
    return np.float32(force) * mixed(grains, 0.55 * weight)


def _splash(take: Take, roll: float) -> Sound:
    rng = take.rng
    frames = frames_of(0.7)
    slap = band(noise(rng, frames), 350, 3800) * falling(frames, 0.05, 0.003)
    density = path(frames, (0, 0), (0.05, 1), (0.3, 0.5), (1, 0))
    first = poisson(rng, frames, 160, density)
    drops = bursts(
        rng, frames, first, rng.uniform(900, 4200, first.size), 0.008, heavy_tailed(rng, first.size, 6), quality=4.0
    )
    squelch = low(noise(rng, frames), 500) * np.roll(hump(frames, 0.08, 0.85), frames_of(roll)) * 0.25
    return mixed(np.stack([slap + squelch] * 2), 0.5 * drops)


def gallop(take: Take) -> Sound:
    """One stride of a horse: three hooves close together, then the gap, here as one event; hollow and heavy."""
    rng = take.rng
    pace = 0.46 / take.speed
    lowest = {"grass": 70.0, "gravel": 110.0}.get(take.material, 260.0)
    parts = []
    for place, level in ((0.0, 0.75), (0.24, 0.9), (0.42, 1.0)):
        hoof = struck(rng, 0.3, lowest * take.scale * take.within(0.9, 1.12), "wood", contact_s=0.0018, tilt=0.5)
        hoof = hoof / np.float32(np.abs(hoof).max()) * falling(hoof.size, 0.03, 0.0)
        ground = thud(rng, 0.25, 68 * take.scale, 0.05)
        dust = band(noise(rng, frames_of(0.12)), 900, 4000) * falling(frames_of(0.12), 0.03, 0.004)
        hit = mixed(0.55 * hoof, 0.8 * ground, 0.12 * dust)
        parts.append((place * pace * 1.05 + take.within(0, 0.012), np.float32(level) * hit))
    return placed(frames_of(0.75), *parts)
