# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Risers, booms, braams and drones of film music."""

import numpy as np

from models.effects.filters import high, low, moving
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    noise,
    path,
    steady,
    stereo_noise,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

SAW = tuple(1 / k for k in range(1, 40))


def whoosh(take: Take) -> Sound:
    """Something fast goes past: noise that swells, brightens and falls as it passes from side to side."""
    rng = take.rng
    frames = frames_of(take.within(0.7, 1.1) * 2 ** (0.5 * take.size) / take.speed)
    near = np.exp(-((np.linspace(-1.1, 1, frames) / 0.3) ** 2)).astype(np.float32)
    doppler = path(frames, (0, 1.3), (0.45, 1.25), (0.6, 0.8), (1, 0.65)) * take.scale
    air = noise(rng, frames)
    body = moving(air, 350 * doppler * (0.5 + 2.2 * near), 0.8) + 0.6 * moving(air, 1500 * doppler * (0.4 + near), 1.4)
    edge = 0.3 * moving(air, 5200 * doppler, 1.0) * near
    mono = (body + edge) * near
    side = np.linspace(0.08, 0.92, frames)
    if rng.random() < 0.5:
        side = side[::-1]
    return np.stack([mono * np.sqrt(1 - side), mono * np.sqrt(side)]).astype(np.float32)


def riser(take: Take) -> Sound:
    """Tension up to a cut: noise and a cluster of tones that climb and open, faster and faster, to the very end."""
    rng = take.rng
    seconds = float(min(take.seconds, 8.0))
    frames = frames_of(seconds)
    climb = np.linspace(0, 1, frames)
    out = np.zeros((2, frames), np.float32)
    for detune in (0.0, 0.11, -0.09, 7.02, 12.05):
        hz = 110 * take.scale * 2 ** (detune / 12 + 2.4 * climb**1.5)
        out[int(rng.integers(2))] += tone(hz, harmonics=SAW[:16])
    out = 0.7 * out + 0.3 * out[::-1]
    out = moving(out, 300 * 2 ** (5.2 * climb), 1.1, "low")
    air = moving(stereo_noise(rng, frames), 400 * 2 ** (4.6 * climb), 1.4)
    pulse = 1 - 0.5 * climb * (0.5 + 0.5 * np.sin(turning(4 * 2 ** (2.2 * climb))))
    level = (0.03 + 0.97 * climb**2.2) * pulse
    return ((0.5 * steady(out) + steady(air)) * level * hump(frames, 0.02, 0.006)).astype(np.float32)


def boom(take: Take) -> Sound:
    """A cinematic hit: a sub that drops, a big drum, a dark cloud of sound after it."""
    rng = take.rng
    frames = frames_of(min(take.seconds, 5.0))
    sub = np.sin(turning(path(frames, (0, 92), (0.03, 50), (0.3, 36), (1, 28)) * take.scale)) * falling(
        frames, 0.95, 0.003
    )
    punch = low(noise(rng, frames), 900, 1) * falling(frames, 0.05, 0.001)
    click = high(noise(rng, frames), 2500, 1) * falling(frames, 0.005, 0.0003)
    cloud = steady(low(stereo_noise(rng, frames), 480, 1)) * falling(frames, 1.1, 0.02)
    mono = sub + 0.45 * unit(punch) + 0.12 * unit(click)
    return (np.stack([np.tanh(1.6 * mono)] * 2) + 0.13 * cloud).astype(np.float32)


def braam(take: Take) -> Sound:
    """The brass of trailers: low horns and saws in octaves and fifths, which swell, growl and open."""
    rng = take.rng
    frames = frames_of(min(take.seconds, take.within(3.2, 4.2)))
    root = 43.7 * 2 ** (int(rng.integers(-2, 4)) / 12) * take.scale
    out = np.zeros((2, frames), np.float32)
    for ratio, level in ((1, 1.0), (1.006, 0.8), (2, 0.9), (2.009, 0.7), (3, 0.45), (4, 0.4), (4.03, 0.25)):
        start = 1 + 0.03 * np.exp(-np.arange(frames) / (0.06 * RATE_HZ))
        hz = root * ratio * start * (1 + 0.002 * drift(rng, frames, 3, 2))
        side = take.within(0.2, 0.8)
        wave = np.float32(level) * tone(hz, harmonics=SAW)
        out += np.stack([np.sqrt(1 - side) * wave, np.sqrt(side) * wave]).astype(np.float32)
    swell = path(frames, (0, 0), (0.03, 1), (0.35, 0.85), (0.6, 0.35), (1, 0))
    opened = moving(out, 160 + 2600 * swell**1.6, 0.9, "low")
    growl = 1 + 0.22 * np.sin(turning(31.0, frames)).astype(np.float32)
    impact = np.sin(turning(path(frames, (0, 80), (0.05, 45), (1, 30)))) * falling(frames, 0.5, 0.003)
    return np.asarray((np.tanh(1.4 * steady(opened) * swell * growl) + 0.5 * impact).astype(np.float32), np.float32)


def sub_drop(take: Take) -> Sound:
    """A sine that sinks below hearing."""
    frames = frames_of(min(take.seconds, 3.5))
    hz = 28 + 92 * take.scale * np.exp(-np.linspace(0, 4.2, frames))
    body = np.tanh(1.5 * np.sin(turning(hz)))
    return (body * hump(frames, 0.01, 0.5)).astype(np.float32)


def drone(take: Take) -> Sound:
    """Dark ambience: a low cluster that breathes, resonances that open and close, air of a huge space."""
    rng, frames = take.rng, take.frames
    root = 49.0 * take.scale * take.within(0.94, 1.06)
    out = np.zeros((2, frames), np.float32)
    for ratio, level in ((1, 0.7), (1.5, 0.6), (2, 0.6), (2.99, 0.5), (4.02, 0.4), (6.01, 0.25)):
        for channel in range(2):
            bend = root * ratio * (1 + 0.003 * drift(rng, frames, 0.25, 1))
            breathe = np.clip(0.6 + 0.45 * drift(rng, frames, 0.12, 2), 0.05, 1.6)
            out[channel] += np.float32(level) * tone(bend, harmonics=(1, 0.4, 0.22, 0.12, 0.06)) * breathe
    air = moving(stereo_noise(rng, frames), 380 * 2 ** (0.8 * drift(rng, frames, 0.1, 2)), 4.0)
    return np.asarray(out + 0.35 * steady(air) + 0.1 * steady(low(stereo_noise(rng, frames), 150)), np.float32)


def reverse(take: Take) -> Sound:
    """A cymbal played backwards: it sucks up to a cut."""
    from models.effects.recipes.drums import cymbal

    return np.ascontiguousarray(cymbal(take)[::-1]) * np.float32(0.9)
