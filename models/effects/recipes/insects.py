"""Insects: wings that hum, and files that are drawn over scrapers (Bennet-Clark 1989)."""

import numpy as np

from models.effects.filters import band, high, low, moving
from models.effects.kernels import RATE_HZ
from models.effects.signals import Sound, drift, noise, path, steady, tone, turning
from models.effects.take import Take


def crickets(take: Take) -> Sound:
    """Field crickets near 4.5 kHz: chirps of three or four pulses, about two a second, each animal in its own time."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    count = 3 + int(take.force > 0) * 3
    for index in range(count + 3):
        near = 1.0 if index < count - 1 else 0.25
        carrier = take.within(4200, 5000) * take.scale
        chirp_rate = take.within(1.5, 2.6) * take.speed
        pulse_rate = take.within(28, 34)
        beat = np.arange(frames) * chirp_rate / RATE_HZ + rng.random() + 0.03 * drift(rng, frames, 0.6, 1)
        inside = (beat % 1) / chirp_rate * pulse_rate
        pulses = 3 + int(rng.integers(2))
        gate = np.where(inside < pulses, np.clip(np.sin(np.pi * (inside % 1) * 1.15), 0, 1), 0.0)
        wave = np.sin(turning(carrier * (1 - 0.012 * (inside % 1)))) * gate
        side = take.within(0.08, 0.92)
        level = near * take.within(0.4, 1.0)
        out += (level * np.stack([np.sqrt(1 - side) * wave, np.sqrt(side) * wave])).astype(np.float32)
    night = 0.012 * band(np.stack([noise(rng, frames), noise(rng, frames)]), 150, 5000)
    return out + night


def cicadas(take: Take) -> Sound:
    """Tymbals that click hundreds of times a second: a dense band from 4 to 9 kHz that swells and sinks."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    for _ in range(4):
        rate = take.within(150, 260) * take.scale * (1 + 0.01 * drift(rng, frames, 0.5, 1))
        phase = (turning(rate) / (2 * np.pi) % 1).astype(np.float32)
        clicks = np.exp(-7 * phase) * (1 + 0.4 * noise(rng, frames))
        centre = take.within(5000, 7200) * take.scale
        voice = moving(clicks * noise(rng, frames), centre, 3.5) + 0.5 * moving(clicks, centre, 9.0)
        swell = np.clip(
            0.65 + 0.3 * np.sin(turning(take.within(0.12, 0.3) * take.speed, frames) + 6 * rng.random()), 0.1, 1
        )
        side = take.within(0.1, 0.9)
        level = (steady(voice) * swell).astype(np.float32)
        out += np.stack([np.sqrt(1 - side) * level, np.sqrt(side) * level]).astype(np.float32)
    return out


def bees(take: Take) -> Sound:
    """A swarm: wings at about 230 Hz, each bee on its own way past the ear."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    for _ in range(6):
        hz = take.within(195, 265) * take.scale * (1 + 0.025 * drift(rng, frames, 1.8 * take.speed, 3))
        near = np.exp(0.9 * drift(rng, frames, 0.7 * take.speed, 2) - 0.5)
        wave = tone(hz, harmonics=(1, 0.75, 0.5, 0.4, 0.25, 0.16, 0.1, 0.07)) * near * (1 + 0.15 * noise(rng, frames))
        side = np.clip(0.5 + 0.4 * drift(rng, frames, 0.6, 1), 0.02, 0.98)
        out += np.stack([np.sqrt(1 - side) * wave, np.sqrt(side) * wave]).astype(np.float32)
    return low(high(out, 120, 1), 4200, 1)


def fly(take: Take) -> Sound:
    """A fly in a room: it comes near, turns away, sits down for a moment."""
    return _flyer(take, 190.0, (1, 0.8, 0.55, 0.42, 0.3, 0.2, 0.12, 0.08), sits=True)


def mosquito(take: Take) -> Sound:
    """A mosquito: a thin whine of 500 to 600 Hz that passes close to the ear."""
    return _flyer(take, 540.0, (1, 0.55, 0.4, 0.22, 0.12, 0.06), sits=False)


def _flyer(take: Take, wings_hz: float, harmonics: tuple[float, ...], *, sits: bool) -> Sound:
    rng, frames = take.rng, take.frames
    way = drift(rng, frames, 0.55 * take.speed, 2)
    near = np.exp(1.1 * drift(rng, frames, 0.6 * take.speed, 2) - 0.4)
    if sits:
        near = near * np.clip(4 * (drift(rng, frames, 0.5, 1) + 1.2), 0.02, 1)
    hz = (
        wings_hz * take.scale * (1 + 0.05 * drift(rng, frames, 1.3 * take.speed, 2) + 0.012 * drift(rng, frames, 14, 1))
    )
    wave = tone(hz, harmonics=harmonics) * np.clip(near, 0, 4) * (1 + 0.06 * noise(rng, frames))
    side = np.clip(0.5 + 0.45 * way, 0.02, 0.98)
    return np.stack([np.sqrt(1 - side) * wave, np.sqrt(side) * wave]).astype(np.float32)


def night(take: Take) -> Sound:
    """A summer night: crickets, and a breath of air."""
    air = low(np.stack([noise(take.rng, take.frames), noise(take.rng, take.frames)]), 300, 1)
    return steady(crickets(take)) + 0.08 * steady(air) * path(take.frames, (0, 1), (1, 1))
