# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Machines in houses and halls."""

import numpy as np

from models.effects.bodies import struck, thud
from models.effects.filters import band, high, low, ring
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    pink,
    placed,
    steady,
    stereo_noise,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

MAINS_HZ = 50.0


def _hum(take: Take, levels: tuple[float, ...]) -> Sound:
    """Harmonics of the mains, with phases of their own."""
    frames = take.frames
    wander = 1 + 0.0006 * drift(take.rng, frames, 0.3, 1)
    phase = turning(MAINS_HZ * take.pitch * wander)
    out = np.zeros(frames, np.float32)
    for k, level in enumerate(levels, 1):
        if level:
            out += np.float32(level) * np.sin(k * phase + 6.28 * take.rng.random()).astype(np.float32)
    return out


def fan(take: Take) -> Sound:
    """Blades: air noise that swells with each blade, a faint tone at their rate, the motor's hum."""
    rng, frames = take.rng, take.frames
    rate = 62 * take.speed * take.scale * (1 + 0.004 * drift(rng, frames, 0.5, 1))
    beat = np.sin(turning(rate)).astype(np.float32)
    air = steady(band(pink(rng, frames) + 0.0, 120, 3200))
    wide = steady(band(stereo_noise(rng, frames), 250, 2600))
    slow = 1 + 0.05 * np.sin(turning(1.7, frames)).astype(np.float32)
    return np.asarray(
        (np.stack([air * (1 + 0.25 * beat)] * 2) + 0.6 * wide) * slow + 0.12 * _hum(take, (0, 1, 0, 0.4)) + 0.14 * beat,
        np.float32,
    )


def conditioner(take: Take) -> Sound:
    """Broad air, and a compressor below it."""
    rng, frames = take.rng, take.frames
    air = steady(low(low(stereo_noise(rng, frames), 900, 1), 1800, 1)) * (1 + 0.04 * drift(rng, frames, 1, 2))
    hiss = 0.05 * steady(band(stereo_noise(rng, frames), 1500, 5000))
    pump = tone(np.full(frames, 29.0 * take.scale), harmonics=(0.5, 1, 0.4, 0.6, 0.2, 0.25)) * (
        1 + 0.1 * drift(rng, frames, 2, 1)
    )
    return np.asarray(air + hiss + 0.22 * pump + 0.18 * _hum(take, (0, 1, 0, 0.5, 0, 0.3)), np.float32)


def fridge(take: Take) -> Sound:
    """The hum of a compressor, which rattles a little."""
    rng, frames = take.rng, take.frames
    hum = _hum(take, (0.5, 1, 0.25, 0.6, 0.15, 0.35, 0.1, 0.2, 0.05, 0.1))
    rattle = band(noise(rng, frames), 400, 1800) * np.clip(np.sin(turning(MAINS_HZ, frames)), 0, 1).astype(np.float32)
    return np.asarray(
        hum * (1 + 0.06 * drift(rng, frames, 1.2, 2))
        + 0.05 * steady(rattle)
        + 0.1 * steady(low(pink(rng, frames), 400)),
        np.float32,
    )


def hum(take: Take) -> Sound:
    """A transformer: even harmonics of the mains."""
    return _hum(take, (0.35, 1, 0.12, 0.55, 0.1, 0.4, 0.06, 0.25, 0.03, 0.15, 0.02, 0.08)) + 0.01 * noise(
        take.rng, take.frames
    )


def washing(take: Take) -> Sound:
    """The drum turns once a second, the wash tumbles and the water slaps; the motor reverses."""
    rng, frames = take.rng, take.frames
    turn = np.sin(turning(0.85 * take.speed, frames)).astype(np.float32)
    works = np.clip(8 * np.abs(np.sin(turning(0.055 * take.speed, frames) + 0.9)) - 0.6, 0, 1).astype(np.float32)
    motor = tone(210 * take.scale * (1 + 0.03 * turn), harmonics=(0.4, 1, 0.3, 0.5, 0.15, 0.2)) * works
    drum = steady(band(stereo_noise(rng, frames, 0.4), 60, 480)) * (1 + 0.35 * turn) * works
    slosh = (
        steady(band(stereo_noise(rng, frames), 500, 3500))
        * np.clip(turn + 0.3 * drift(rng, frames, 3, 2), 0, 2)
        * works
    )
    at, tumble = 0.2, []
    while at < take.seconds:
        tumble.append((at, thud(rng, 0.5, 58 * take.scale, 0.1)))
        at += take.within(0.95, 1.3) / take.speed
    return np.asarray(drum + 0.35 * slosh + np.stack([0.2 * motor + placed(frames, *tumble) * 1.3] * 2), np.float32)


def factory(take: Take) -> Sound:
    """A hall: a press in slow time, a belt, motors, steam that escapes, iron somewhere."""
    rng, frames = take.rng, take.frames
    bed = steady(low(stereo_noise(rng, frames), 650, 1)) * 0.5 + np.stack(
        [0.3 * _hum(take, (0, 1, 0, 0.6, 0.2, 0.5, 0, 0.3))] * 2
    )
    press_s = 1.45 / take.speed
    press = mixed(
        3.0 * thud(rng, 0.8, 62, 0.1),
        2.2
        * unit(struck(rng, 0.9, 170 * take.scale, "metal", contact_s=0.0015, tilt=0.5))
        * falling(frames_of(0.9), 0.16, 0),
    )
    clank = unit(struck(rng, 0.5, 610 * take.scale, "metal", contact_s=0.0005, tilt=0.25)) * falling(
        frames_of(0.5), 0.09, 0
    )
    parts = []
    for start in np.arange(0.15, take.seconds, press_s):
        parts += [(start, press), (start + 0.52 * press_s, 1.6 * clank), (start + 0.76 * press_s, 1.2 * clank)]
    steam_gate = (np.sin(turning(1 / (3.2 * press_s), frames) + 5 * rng.random()) > 0.82).astype(np.float32)
    steam = steady(high(stereo_noise(rng, frames), 2200, 1)) * low(steam_gate, 12, 1)
    belt = steady(band(noise(rng, frames), 400, 2200)) * (0.6 + 0.4 * np.sin(turning(7.5 * take.speed, frames))).astype(
        np.float32
    )
    return np.asarray(bed + np.stack([placed(frames, *parts) + 0.14 * belt] * 2) + 0.25 * steam, np.float32)


def elevator(take: Take) -> Sound:
    """A lift: relays, the motor runs up, travels, slows; a chime and the doors."""
    rng = take.rng
    seconds = float(np.clip(take.seconds, 3.5, 12.0))
    frames = frames_of(seconds)
    ride = frames_of(seconds - 1.9)
    speed = path(ride, (0, 0.1), (0.2, 1), (0.75, 1), (1, 0.1))
    motor = tone(118 * take.scale * (0.35 + 0.65 * speed), harmonics=(0.6, 1, 0.5, 0.6, 0.3, 0.25, 0.15)) * hump(
        ride, 0.1, 0.1
    )
    shaft = steady(low(noise(rng, ride), 420)) * speed * 0.3
    relay = unit(struck(rng, 0.15, 750, "tin", contact_s=0.0006)) * falling(frames_of(0.15), 0.012, 0)
    arrived = seconds - 1.75
    chime = ring(
        np.concatenate([[1.0], np.zeros(frames_of(1.2))]).astype(np.float32),
        [880, 1760, 2640],
        [0.45, 0.2, 0.1],
        [1, 0.2, 0.1],
    )
    doors = band(noise(rng, frames_of(1.3)), 250, 2600) * hump(frames_of(1.3), 0.3, 0.3)
    return placed(
        frames, (0.0, 0.5 * relay), (0.12, 0.5 * motor + shaft), (arrived, 0.35 * unit(chime)),
        (arrived + 0.35, 0.3 * unit(doors)),
        (arrived + 1.55, 0.4 * thud(rng, 0.15, 95, 0.03)),
    )  # fmt: skip
