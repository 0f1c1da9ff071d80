"""Whistles and hands."""

import numpy as np

from models.effects.filters import high, low, moving
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    bursts,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    placed,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def whistling(take: Take) -> Sound:
    """Lips: a tune of a few notes, a sine with breath around it, sliding and with vibrato."""
    rng = take.rng
    steps = (0, 2, 4, 7, 9, 12)
    root = take.within(950, 1150) * take.pitch
    hz_parts, level_parts = [], []
    index = int(rng.integers(6))
    for _ in range(int(rng.integers(5, 9))):
        index = int(np.clip(index + rng.integers(-2, 3), 0, 5))
        length = frames_of(float(rng.choice([0.22, 0.22, 0.44])) / take.speed)
        hz_parts.append(np.full(length, root * 2 ** (steps[index] / 12)))
        level_parts.append(0.35 + 0.65 * hump(length, 0.15, 0.15))
    hz = np.concatenate(hz_parts)
    hz = low((hz - hz[0]).astype(np.float32), 14, 1) + hz[0]
    hz = hz * (1 + 0.007 * np.sin(turning(5.5, hz.size)))
    lips = (
        tone(hz, harmonics=(1, 0.05))
        + 0.25 * moving(noise(rng, hz.size), hz, 18.0)
        + 0.02 * high(noise(rng, hz.size), 2000)
    )
    return unit((lips * np.concatenate(level_parts)).astype(np.float32) * hump(hz.size, 0.02, 0.05))


def wolf_whistle(take: Take) -> Sound:
    """A rise, and a rise that falls."""
    up = frames_of(0.42)
    down = frames_of(0.75)
    first = tone(path(up, (0, 900), (0.4, 1250), (1, 2500)) * take.pitch, harmonics=(1, 0.05)) * hump(up, 0.15, 0.15)
    then = tone(path(down, (0, 950), (0.35, 1900), (0.5, 1850), (1, 620)) * take.pitch, harmonics=(1, 0.05)) * hump(
        down, 0.12, 0.2
    )
    breath = 0.02 * high(noise(take.rng, up + down + 8000), 1500)
    return placed(up + down + 9000, (0.0, first), (up / RATE_HZ + 0.09, then), (0.0, breath))


def pea_whistle(take: Take) -> Sound:
    """A referee's whistle: two tones near 2.9 kHz, chopped by the ball inside."""
    rng = take.rng
    frames = frames_of(take.within(0.5, 1.0))
    spin = take.within(34, 42)
    flutter = np.sin(turning(spin * path(frames, (0, 0.6), (0.1, 1), (1, 0.95))))
    hz = 2850 * take.scale * (1 + 0.03 * flutter)
    wave = tone(hz, harmonics=(1, 0.2, 0.1)) + 0.6 * tone(1.07 * hz) + 0.3 * moving(noise(rng, frames), hz, 6.0)
    return unit(wave.astype(np.float32) * (0.62 + 0.38 * flutter) * hump(frames, 0.04, 0.06))


def single_clap(take: Take) -> Sound:
    """One pair of hands."""
    frames = frames_of(0.15)
    first = np.array([20], np.int64)
    hands = bursts(
        take.rng, frames, first, 1350 * take.scale * take.within(0.85, 1.2), 0.011, 1.0, quality=1.1, width=0.1
    )
    fingers = bursts(take.rng, frames, first + 130, 2600, 0.004, 0.5, quality=0.8, width=0.1)
    return mixed(hands, fingers)


def finger_snap(take: Take) -> Sound:
    """A finger slides off the thumb and hits the palm: a tight resonance near 2 kHz."""
    frames = frames_of(0.12)
    palm = moving(
        noise(take.rng, frames) * falling(frames, 0.006, 0.0002), 1950 * take.scale * take.within(0.92, 1.08), 4.0
    )
    slide = high(noise(take.rng, frames), 3000) * falling(frames, 0.003)
    return placed(frames_of(0.2), (0.0, 0.08 * unit(slide)), (0.016, unit(palm)))
