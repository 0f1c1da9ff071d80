"""What film music and trailers use: chimes, gongs, risers, braams, drones."""

import numpy as np

from models.effects.bodies import bell, knocked
from models.effects.filters import band, high, ring
from models.effects.signals import (
    Sound,
    chirps,
    drift,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    placed,
    poisson,
    stereo_noise,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

FREE_TUBE = np.array([1.0, 2.756, 5.404, 8.933])
PENTATONIC = np.array([0, 2, 4, 7, 9, 12, 14])


def chimes(take: Take) -> Sound:
    """Tubes in the wind: a gust sets off several blows, one tube after its neighbour."""
    rng, frames = take.rng, take.frames
    gust = np.clip(0.3 + 0.5 * drift(rng, frames, 0.35 * take.speed, 2), 0.02, 1)
    first = poisson(rng, frames, take.grown(7.5, 1.5) * take.speed, gust)
    tubes = 740 * take.scale * 2 ** (PENTATONIC / 12)
    out = np.zeros((2, frames), np.float32)
    which = np.abs(np.cumsum(rng.integers(-2, 3, first.size)) + 3) % 7
    loud = rng.uniform(0.25, 1.0, first.size) * (0.4 + gust[first])
    hits = np.zeros((7, frames), np.float32)
    hits[which, first] = loud
    for index, prime in enumerate(tubes):
        side = np.float32(0.15 + 0.7 * index / 6)
        for ratio, tau, level in zip(FREE_TUBE, (1.9, 0.9, 0.3, 0.1), (1.0, 0.55, 0.25, 0.1), strict=True):
            rung = ring(hits[index], [prime * ratio, prime * ratio * 1.0012], tau, [level, 0.6 * level])
            out += np.stack([np.sqrt(1 - side) * rung, np.sqrt(side) * rung])
    return out


def gong(take: Take) -> Sound:
    """A tam-tam: low modes first, then energy climbs into the high ones: a bloom after the blow."""
    rng = take.rng
    seconds = float(min(take.seconds, 9.0))
    frames = frames_of(seconds)
    hz = (
        78
        * take.scale
        * np.sort(np.concatenate([[1.0, 1.48, 2.03, 2.7], np.exp(rng.uniform(np.log(2.5), np.log(60), 110))]))
    )
    force = knocked(rng, seconds, 0.006)
    body = ring(force, hz[:16], np.minimum(5.0 * (100 / hz[:16]) ** 0.35, 6), (hz[:16] / hz[0]) ** -0.35)
    later = noise(rng, frames) * path(frames, (0, 0), (0.06, 1), (0.12, 0.3), (1, 0)) * 0.002
    bloom = ring(later, hz[16:], 1.7 * (1000 / (hz[16:] + 500)) ** 0.6, (hz[16:] / 500) ** -0.2)
    return unit(body) + 0.8 * unit(bloom)


def bowl(take: Take) -> Sound:
    """A singing bowl: few pure partials that beat slowly and ring on."""
    rng = take.rng
    ratios = np.array([1.0, 2.71, 5.02, 7.8])
    hz = 262 * take.scale * take.within(0.97, 1.03) * np.concatenate([ratios, ratios * 1.004])
    seconds = float(min(take.seconds, 10.0))
    return unit(
        ring(
            knocked(rng, seconds, 0.003),
            hz,
            np.tile([4.5, 2.6, 1.1, 0.5], 2),
            np.tile([1, 0.6, 0.3, 0.12], 2) * np.repeat([1, 0.55], 4),
        )
    )


def music_box(take: Take) -> Sound:
    """A comb of steel: a simple waltz of plucked tongues, which slows down at the end."""
    rng = take.rng
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16])
    root = 1046.5 * 2 ** (int(rng.integers(-4, 3)) / 12) * take.pitch
    beat = 0.3 / take.speed
    chords = ((0, 2, 4), (3, 5, 7), (4, 6, 8), (0, 2, 4))
    parts, at, degree, bar = [], 0.05, 4, 0
    while at < take.seconds - 0.2:
        chord = chords[bar % 4]
        for step in range(3):
            degree = int(np.clip(degree + rng.integers(-2, 3), 0, 9)) if step else int(rng.choice(chord))
            late = at + step * beat + take.within(0, 0.012)
            parts.append((late, _tongue(take, root * 2 ** (scale[min(degree, 9)] / 12), 0.9)))
            parts.append((late, _tongue(take, root / 2 * 2 ** (scale[chord[step]] / 12), 0.4)))
        at += 3 * beat
        bar += 1
    gears = (
        0.012
        * band(noise(rng, take.frames), 1500, 6000)
        * (0.5 + 0.5 * np.sin(turning(11.0, take.frames))).astype(np.float32)
    )
    return placed(take.frames, *parts, (0.0, gears))


def _tongue(take: Take, hz: float, level: float) -> Sound:
    """A clamped bar: 1, 6.27, 17.5 times; the pin's click."""
    sound = ring(knocked(take.rng, 1.4, 0.0002), hz * np.array([1, 2.0, 6.27]), [0.4, 0.2, 0.05], [1, 0.12, 0.2])
    return np.float32(level) * unit(sound)


def magic(take: Take) -> Sound:
    """A spell: small bells that sparkle upwards."""
    rng = take.rng
    frames = frames_of(1.9 / take.speed)
    density = path(frames, (0, 0.6), (0.4, 1), (0.7, 0.25), (1, 0))
    first = poisson(rng, frames, 50, density)
    steps = np.round(np.interp(first / frames, [0, 1], [0, 24]) + rng.normal(0, 3, first.size))
    hz = 1300 * take.scale * 2 ** (PENTATONIC[np.asarray(steps, int) % 5] / 12 + np.asarray(steps, int) // 5 * 0.42)
    loud = rng.uniform(0.3, 1, first.size)
    sparkle = chirps(rng, frames, first, np.minimum(hz, 9000), 0.13, loud) + chirps(
        rng, frames, first, np.minimum(2.76 * hz, 15_000), 0.04, 0.35 * loud
    )
    air = high(stereo_noise(rng, frames), 5000, 1) * hump(frames, 0.4, 0.5) * 0.02
    return mixed(unit(sparkle), air)


def triangle_bell(take: Take) -> Sound:
    """A small bright bell for signs and shops."""
    return unit(bell(take.rng, 2.2, 2100 * take.scale, 1.1, 0.0002))
