# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Sirens, bells, beepers: rates and pitches as they are in use."""

import numpy as np

from models.effects.filters import band, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    path,
    placed,
    steady,
    time,
    tone,
    turning,
)  # fmt: skip
from models.effects.take import Take

SQUARE = tuple(1 / k if k % 2 else 0.0 for k in range(1, 30))
SAW = tuple(1 / k for k in range(1, 30))
RUSSELL = (1.0, 0.5, 0.42, 0.3, 0.22, 0.18, 0.12, 0.1, 0.08)


def _horned(sound: Sound, scale: float = 1.0) -> Sound:
    """Through the horn of an outdoor loudspeaker."""
    return np.asarray(
        band(sound, 420 * scale, 4200) + 0.5 * moving(sound, 1150 * scale, 1.6) + 0.3 * moving(sound, 2400, 2.0),
        np.float32,
    )


def _in_street(sound: Sound, rng: np.random.Generator) -> Sound:
    """Off the houses on both sides: a few late, dull copies."""
    sides: list[Sound] = [np.array(sound, np.float32), np.array(sound, np.float32)]
    for _ in range(5):
        late, level = frames_of(rng.uniform(0.03, 0.28)), np.float32(rng.uniform(0.06, 0.2))
        side = int(rng.integers(2))
        sides[side][late:] += level * low(sound, 2600, 1)[: sound.size - late]
    return np.stack(sides)


def police(take: Take) -> Sound:
    """Wail: 600 to 1500 Hz and back in about 4 s; when it is urgent yelp, three times a second."""
    rng, frames = take.rng, take.frames
    rate = (3.2 if take.speed > 1.2 else 0.24) * take.within(0.92, 1.08)
    phase = (np.arange(frames) * rate / RATE_HZ + rng.random()) % 1
    rise = np.where(phase < 0.45, phase / 0.45, 1 - (phase - 0.45) / 0.55)
    hz = take.pitch * 610 * (1500 / 610) ** (0.5 - 0.5 * np.cos(np.pi * rise))
    return _in_street(_horned(tone(hz, harmonics=SAW)), rng)


def ambulance(take: Take) -> Sound:
    """The two-tone horn of Europe (DIN 14610: 435 and 580 Hz), each blown for about 0.75 s on compressed air."""
    rng, frames = take.rng, take.frames
    half = 0.75 / take.speed
    phase = np.arange(frames) / RATE_HZ / half + rng.random()
    hz = np.where(phase.astype(int) % 2 == 0, 435.0, 580.0) * take.pitch
    smooth = low(hz - 500.0, 25, 1) + 500.0
    gap = np.clip(np.minimum(phase % 1, 1 - phase % 1) * 22, 0, 1)
    blown = tone(smooth, harmonics=SAW) * (1 + 0.05 * noise(rng, frames)) * (0.25 + 0.75 * gap)
    return _in_street(_horned(blown.astype(np.float32), 0.8), rng)


def fire_engine(take: Take) -> Sound:
    """A mechanical siren that is spun up and coasts down, growling, and a blast of the air horn now and then."""
    rng, frames = take.rng, take.frames
    period = 6.5 / take.speed
    phase = (np.arange(frames) / RATE_HZ / period + 0.05 + 0.2 * rng.random()) % 1
    spin = np.where(phase < 0.5, 1 - np.exp(-phase * 6), np.exp(-(phase - 0.5) * 3.0) * (1 - np.exp(-3)))
    hz = take.pitch * (240 + 820 * spin)
    voice = tone(hz, harmonics=SAW) * (0.4 + 0.6 * spin).astype(np.float32)
    out = _in_street(_horned(voice, 0.8), rng)
    blast = tone(np.full(frames_of(0.9), 155.0 * take.pitch), harmonics=SAW) + tone(
        np.full(frames_of(0.9), 196.0 * take.pitch), harmonics=SAW
    )
    blast = band(blast, 180, 2400) * hump(blast.size, 0.08, 0.12)
    at = [(second, 1.1 * blast) for second in np.arange(take.within(1.5, 2.5), take.seconds - 0.5, period * 1.4)]
    return mixed(out, placed(frames, *at))


def air_raid(take: Take) -> Sound:
    """Two rotors of nine and twelve ports, spun up slowly to 460 Hz and down again."""
    rng, frames = take.rng, take.frames
    period = 12.0 / take.speed
    phase = (np.arange(frames) / RATE_HZ / period) % 1
    spin = np.where(phase < 0.55, 1 - np.exp(-phase * 5), np.exp(-(phase - 0.55) * 3.2) * 0.94)
    hz = take.pitch * (90 + 375 * spin)
    both = tone(hz, harmonics=RUSSELL) + 0.8 * tone(hz * 0.75, harmonics=RUSSELL)
    return _in_street(band(both * (0.15 + 0.85 * spin**1.3), 180, 3200), rng)


def _beeps(
    frames: int, pattern: list[tuple[float, float]], period_s: float, hz: float, harmonics: tuple[float, ...]
) -> Sound:
    """Beeps of (start, length) in s, repeated; 3 ms ramps."""
    t = time(frames) % period_s
    gate = np.zeros(frames, np.float32)
    for start, length in pattern:
        gate = np.maximum(gate, np.clip(np.minimum(t - start, start + length - t) / 0.003, 0, 1))
    return tone(hz, frames, harmonics) * gate


def smoke(take: Take) -> Sound:
    """ISO 8201: three beeps of 0.5 s and a pause of 1.5 s, near 3.1 kHz, from a small horn in a room."""
    sound = _beeps(
        take.frames, [(0.0, 0.5), (1.0, 0.5), (2.0, 0.5)], 4.0, 3120 * take.pitch, (1.0, 0.06, 0.2, 0.02, 0.06)
    )
    return sound * (1 + 0.08 * np.sin(turning(21.0, take.frames))).astype(np.float32)


def alarm_clock(take: Take) -> Sound:
    """A digital clock: four short beeps a second, from a piezo disc."""
    beep = [(0.125 * k, 0.065) for k in range(4)]
    sound = _beeps(take.frames, beep, 1.0 / take.speed if take.speed < 1 else 1.0, 2048 * take.pitch, SQUARE[:9])
    return moving(sound, 2600, 1.1) + 0.3 * sound


def microwave(take: Take) -> Sound:
    """It is done: three to five equal beeps."""
    count = int(take.rng.integers(3, 6))
    frames = frames_of(0.75 * count)
    return _beeps(frames, [(0.02, 0.42)], 0.75, 2010 * take.pitch, (1.0, 0.05, 0.28, 0.02, 0.1))


def reversing(take: Take) -> Sound:
    """A lorry that reverses: 1.1 kHz, half a second on, half a second off."""
    return band(_beeps(take.frames, [(0.0, 0.5)], 1.0 / take.speed, 1120 * take.pitch, SQUARE[:7]), 500, 5000)


def buzzer(take: Take) -> Sound:
    """An armature that chatters at twice the mains' frequency: the wrong answer."""
    frames = frames_of(take.within(0.7, 1.1))
    sound = tone(np.full(frames, 118.0 * take.pitch), harmonics=SAW) * (1 + 0.15 * noise(take.rng, frames))
    return (band(sound, 90, 3400) + 0.5 * moving(sound, 900, 2)) * hump(frames, 0.01, 0.02)


def car_alarm(take: Take) -> Sound:
    """The six patterns such alarms play in turn."""
    rng, frames = take.rng, take.frames
    t = time(frames)
    pattern = (t / 2.2 + int(rng.integers(6))).astype(int) % 6
    hz = np.select(
        [pattern == 0, pattern == 1, pattern == 2, pattern == 3, pattern == 4],
        [
            700 + 900 * (t * 2.7 % 1), 1500 - 800 * (t * 2.7 % 1), 1000 + 500 * np.sign(np.sin(2 * np.pi * 2.9 * t)),
            900 + 650 * np.abs((t * 1.6 % 1) * 2 - 1), 650 + 950 * (t * 9 % 1),
        ],
        1250 + 250 * np.sign(np.sin(2 * np.pi * 7 * t)),
    )  # fmt: skip
    return _in_street(_horned(tone(hz * take.pitch, harmonics=SQUARE)), rng)


def fog_horn(take: Take) -> Sound:
    """A diaphone: a low reed for some 3 s that ends in a grunt, over water."""
    rng = take.rng
    frames = frames_of(take.within(3.0, 3.8))
    bend = path(frames, (0, 0.9), (0.08, 1), (0.9, 1), (1, 0.72)) * (1 + 0.002 * drift(rng, frames, 5, 1))
    hz = 118 * take.scale * bend
    reed = tone(hz, harmonics=(1, 0.85, 0.7, 0.6, 0.42, 0.3, 0.25, 0.16, 0.12, 0.1, 0.06, 0.05))
    air = band(noise(rng, frames), 150, 900) * 0.05
    return (low(reed, 900, 1) + air) * hump(frames, 0.07, 0.05)


def geiger(take: Take) -> Sound:
    """A counter: clicks that know nothing of each other, in swarms when it is near the source."""
    rng, frames = take.rng, take.frames
    near = np.clip(0.45 + 0.4 * drift(rng, frames, 0.3, 2), 0.05, 1)
    count = rng.poisson(take.grown(28, 3) * take.seconds)
    first = rng.integers(0, frames, count)
    first = first[rng.random(count) < near[first]]
    force = np.zeros(frames, np.float32)
    force[first] = heavy_tailed(rng, first.size, 1.5).astype(np.float32)
    return steady(ring(force, [1850, 3900, 6800], 0.0009))
