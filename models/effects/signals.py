"""Noise, envelopes, curves and events that recipes are made of. Sounds are float32; times in s, frequencies in Hz."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.effects.filters import PINK, run
from models.effects.kernels import RATE_HZ, add_bursts, add_chirps, add_harmonics

Sound = NDArray[np.floating[Any]]
Rng = np.random.Generator
CONTROL_HZ = 200.0  # curves are drawn at this rate or at eight points per turn, then joined by lines
SPREAD = 0.7  # of stereo noise: the share of each channel's power that the other does not have


def frames_of(seconds: float) -> int:
    return max(round(seconds * RATE_HZ), 1)


def time(frames: int) -> Sound:
    return np.arange(frames) / RATE_HZ


def noise(rng: Rng, frames: int) -> Sound:
    return rng.standard_normal(frames, dtype=np.float32)


def pink(rng: Rng, frames: int) -> Sound:
    return run(noise(rng, frames), PINK)


def stereo_noise(rng: Rng, frames: int, spread: float = SPREAD) -> Sound:
    """White noise of shape (2, frames) with partly independent channels: wide, yet whole in mono."""
    out = rng.standard_normal((2, frames), dtype=np.float32)
    out *= np.float32(np.sqrt(spread))
    out += np.float32(np.sqrt(1 - spread)) * rng.standard_normal(frames, dtype=np.float32)
    return out


def drift(rng: Rng, frames: int, hz: float, octaves: int = 1) -> Sound:
    """A smooth random curve of mean 0 and deviation about 1 that turns about `hz` times a second.

    More octaves add faster turns of half the size each: a fractal gust (Farnell 2010, wind).
    """
    total = np.zeros(frames, np.float32)
    weight, power = 1.0, 0.0
    for _ in range(octaves):
        seconds = frames / RATE_HZ
        knots = max(int(np.ceil(seconds * hz)) + 4, 6)
        values = rng.standard_normal(knots)
        points = max(int(seconds * min(max(CONTROL_HZ, 8 * hz), RATE_HZ)), 2)
        where = np.linspace(1, 1 + seconds * hz, points)
        total += np.float32(weight) * stretched(_cubic(values, where), frames)
        power += weight**2
        weight, hz = weight / 2, hz * 2.1
    return total / np.float32(np.sqrt(power) * 0.75)


def _cubic(values: Sound, where: Sound) -> Sound:
    at = np.minimum(where.astype(np.int64), values.size - 3)
    f = where - at
    a, b, c, d = (values[at + k] for k in (-1, 0, 1, 2))
    return np.asarray(b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a))), np.float32)


def stretched(curve: ArrayLike, frames: int) -> Sound:
    """A curve of any number of points, drawn over `frames`."""
    points = np.asarray(curve, np.float64)
    return np.interp(np.linspace(0, points.size - 1, frames), np.arange(points.size), points).astype(np.float32)


def path(frames: int, *points: tuple[float, float]) -> Sound:
    """Lines between (share of the length, value)."""
    where, values = zip(*points, strict=True)
    return np.asarray(np.interp(np.linspace(0, 1, frames), where, values).astype(np.float32), np.float32)


def falling(frames: int, tau_s: float, attack_s: float = 0.001) -> Sound:
    """exp(-t / tau) after a linear attack."""
    t = time(frames)
    return np.asarray((np.exp(-t / tau_s) * np.minimum(t / max(attack_s, 1e-5), 1)).astype(np.float32), np.float32)


def hump(frames: int, rise: float = 0.2, fall: float = 0.5) -> Sound:
    """A raised cosine that rises in the first share and falls in the last."""
    x = np.linspace(0, 1, frames)
    up = 0.5 - 0.5 * np.cos(np.pi * np.clip(x / max(rise, 1e-6), 0, 1))
    down = 0.5 - 0.5 * np.cos(np.pi * np.clip((1 - x) / max(fall, 1e-6), 0, 1))
    return (up * down).astype(np.float32)


def faded(sound: Sound, in_s: float = 0.002, out_s: float = 0.01) -> Sound:
    """Short ramps at both ends, in place."""
    for seconds, flip in ((in_s, False), (out_s, True)):
        count = min(frames_of(seconds), sound.shape[-1])
        ramp = np.linspace(0, 1, count, dtype=np.float32)
        if flip:
            sound[..., -count:] *= ramp[::-1]
        else:
            sound[..., :count] *= ramp
    return sound


def summed(curve: ArrayLike) -> NDArray[np.float64]:
    """The running sum; in single precision the phase of two minutes would lose its way."""
    return np.cumsum(np.asarray(curve), dtype=np.float64)


def turning(hz: Sound | float, frames: int = 0) -> Sound:
    """The phase, in radians, of a frequency that may move."""
    curve = np.full(frames, hz) if np.isscalar(hz) else np.asarray(hz, np.float64)
    return 2 * np.pi * np.cumsum(curve) / RATE_HZ


def tone(hz: Sound | float, frames: int = 0, harmonics: tuple[float, ...] = (1.0,)) -> Sound:
    """Harmonics of a frequency, by amplitude; those that would fold back fade out before."""
    phase = turning(hz, frames)
    out = np.zeros(phase.size, np.float32)
    add_harmonics(
        np.asarray(phase, np.float64), np.atleast_1d(np.asarray(hz, np.float64)), np.asarray(harmonics, np.float64), out
    )
    return out


def poisson(rng: Rng, frames: int, per_s: float, density: Sound | None = None) -> NDArray[np.int64]:
    """Frames of events that do not know of each other, rising; `density` 0 to 1 thins them out along the way."""
    count = int(rng.poisson(per_s * frames / RATE_HZ))
    first = np.sort(rng.integers(0, frames, count))
    if density is not None:
        first = first[rng.random(count) < density[first]]
    return np.asarray(first, np.int64)


def pans(rng: Rng, count: int, width: float = 1.0) -> Sound:
    """Gains of shape (2, count) for places between the loudspeakers, of constant power."""
    angle = np.pi / 4 * (1 + width * rng.uniform(-1, 1, count))
    return np.stack([np.cos(angle), np.sin(angle)])


def heavy_tailed(rng: Rng, count: int, deviation_db: float = 8.0) -> Sound:
    """Amplitudes of natural events: normal in dB, the loudest cut off."""
    return 10 ** (np.minimum(rng.normal(0, deviation_db, count), 2 * deviation_db) / 20)


def chirps(
    rng: Rng, frames: int, first: NDArray[np.int64], hz: ArrayLike, tau_s: ArrayLike, gain: ArrayLike,
    *, rise: ArrayLike = 0.0, width: float = 1.0, attack_s: float = 0.0005,
) -> Sound:  # fmt: skip
    """Damped sines at places in the stereo picture, shape (2, frames): bubbles, drops, small bodies."""
    out = np.zeros((2, frames), np.float32)
    count = first.size
    fill = [np.broadcast_to(np.asarray(value, np.float64), (count,)).copy() for value in (hz, rise, tau_s, gain)]
    add_chirps(out, first, fill[0], fill[1], fill[2], pans(rng, count, width) * fill[3], attack_s)
    return out


def bursts(
    rng: Rng, frames: int, first: NDArray[np.int64], hz: ArrayLike, tau_s: ArrayLike, gain: ArrayLike,
    *, quality: float = 1.0, width: float = 1.0,
) -> Sound:  # fmt: skip
    """Short noises at places in the stereo picture, shape (2, frames): drops, crackles, claps, grains of gravel."""
    out = np.zeros((2, frames), np.float32)
    count = first.size
    fill = [np.broadcast_to(np.asarray(value, np.float64), (count,)).copy() for value in (hz, tau_s, gain)]
    seeds = rng.integers(1, 2**31, count)
    add_bursts(out, first, fill[0], quality, fill[1], pans(rng, count, width) * fill[2], seeds)
    return out


def mixed(*sounds: Sound) -> Sound:
    """The sum; as long as the longest, stereo if one is."""
    frames = max(sound.shape[-1] for sound in sounds)
    stereo = any(sound.ndim > 1 for sound in sounds)
    out = np.zeros((2, frames) if stereo else frames, np.float32)
    for sound in sounds:
        out[..., : sound.shape[-1]] += sound
    return out


def placed(frames: int, *parts: tuple[float, Sound]) -> Sound:
    """Mono sounds at times in s, cut at the end."""
    out = np.zeros(frames, np.float32)
    for at_s, sound in parts:
        first = max(round(at_s * RATE_HZ), 0)
        room = frames - first
        if room > 0:
            out[first : first + min(room, sound.size)] += sound[:room]
    return out


def unit(sound: Sound) -> Sound:
    """At a peak of 1; silence stays."""
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound / np.float32(peak)) if peak > 0 else sound


def steady(sound: Sound) -> Sound:
    """At a deviation of 1; silence stays."""
    level = float(np.linalg.norm(sound)) / max(sound.size, 1) ** 0.5
    return (sound / np.float32(level)) if level > 0 else sound
