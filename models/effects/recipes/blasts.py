"""Explosions, guns, fireworks, crashes."""

import numpy as np

from models.effects.bodies import decay_s, plate, thud
from models.effects.filters import high, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.recipes.impacts import shatter
from models.effects.signals import (
    Sound,
    bursts,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    mixed,
    noise,
    path,
    poisson,
    steady,
    stereo_noise,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def explosion(take: Take) -> Sound:
    """A blast wave (Friedlander 1946), the fireball's roar that sinks, debris, and the land that answers."""
    rng = take.rng
    seconds = float(min(take.seconds, take.grown(5.5, 1.25)))
    frames = frames_of(seconds)
    t = np.arange(frames) / RATE_HZ
    width = 0.03 * 2 ** (0.6 * take.size)
    blast = (1 - t / width) * np.exp(-t / width)
    sub = np.sin(turning(path(frames, (0, 75), (0.1, 42), (1, 24)) * take.scale)) * falling(frames, 0.7, 0.004)
    fire = moving(
        stereo_noise(rng, frames, 0.6),
        path(frames, (0, 7000), (0.03, 2400), (0.15, 700), (1, 130)) * take.scale,
        0.5,
        "low",
    )
    roar = steady(fire) * falling(frames, seconds / 5, 0.003) * (1 + 0.3 * drift(rng, frames, 7, 3))
    crack = high(noise(rng, frames), 900, 1) * falling(frames, 0.018, 0.0003)
    density = path(frames, (0, 0), (0.06, 1), (0.3, 0.5), (0.7, 0.1), (1, 0))
    first = poisson(rng, frames, 38, density)
    debris = bursts(
        rng,
        frames,
        first,
        rng.uniform(400, 3000, first.size),
        rng.uniform(0.004, 0.025, first.size),
        heavy_tailed(rng, first.size, 7),
        quality=3.0,
    )
    land = (
        steady(low(stereo_noise(rng, frames), 240))
        * path(frames, (0, 0), (0.12, 0.35), (0.3, 0.3), (1, 0))
        * (1 + 0.5 * drift(rng, frames, 1.5, 2))
    )
    mono = 1.3 * blast.astype(np.float32) + 0.9 * sub.astype(np.float32) + 0.35 * crack
    return (np.stack([mono] * 2) + 0.75 * roar + 0.16 * debris + 0.4 * land).astype(np.float32)


def gunshot(take: Take) -> Sound:
    """The muzzle blast of some 3 ms, the crack, the action, and echoes off whatever is around."""
    rng = take.rng
    frames = frames_of(2.0)
    t = np.arange(frames) / RATE_HZ
    width = 0.0014 * 2 ** (0.7 * take.size + 0.3 * take.force)
    blast = (1 - t / width) * np.exp(-t / width)
    burst = low(noise(rng, frames), 7500 * take.scale, 1) * falling(frames, 0.022, 0.0001)
    boom = np.sin(turning(path(frames, (0, 150), (0.05, 75), (1, 50)) * take.scale)) * falling(frames, 0.045, 0.001)
    dry = 1.2 * blast + 0.9 * burst + 0.8 * boom
    tail = low(stereo_noise(rng, frames), 1500, 1) * falling(frames, 0.32, 0.02) * 0.11
    out = np.stack([dry, dry]).astype(np.float32) + tail
    for _ in range(5):
        late = frames_of(take.within(0.09, 0.6))
        side = take.within(0.2, 0.8)
        echo = low(dry, take.within(600, 1600), 1)[: frames - late] * np.float32(0.13 * np.exp(-late / RATE_HZ / 0.4))
        out[0, late:] += 2 * (1 - side) * echo
        out[1, late:] += 2 * side * echo
    return out


def firework(take: Take) -> Sound:
    """A rocket climbs and whistles, bursts with a boom, and its stars crackle down."""
    rng = take.rng
    climb = take.within(0.9, 1.3)
    rise = frames_of(climb)
    hz = path(rise, (0, 900), (0.3, 2300), (1, 3100)) * take.scale * (1 + 0.01 * drift(rng, rise, 20, 2))
    whistle = (0.35 * np.sin(turning(hz)) + 0.5 * moving(noise(rng, rise), hz, 9.0)) * path(
        rise, (0, 0.2), (0.2, 1), (1, 0.25)
    )
    frames = frames_of(2.6)
    boom = thud(rng, 1.0, 62 * take.scale, 0.16)
    air = low(noise(rng, frames), 1600, 1) * falling(frames, 0.1, 0.001)
    echo = low(stereo_noise(rng, frames), 420) * falling(frames, 0.55, 0.06)
    density = path(frames, (0, 0), (0.12, 0.1), (0.25, 1), (0.55, 0.6), (1, 0))
    first = poisson(rng, frames, 95, density)
    stars = bursts(
        rng, frames, first, rng.uniform(1800, 6500, first.size), 0.0025, heavy_tailed(rng, first.size, 5), quality=1.0
    )
    burst = mixed(1.1 * boom, 0.7 * unit(air), 0.35 * unit(echo), 0.22 * unit(stars))
    out = np.zeros((2, rise + frames), np.float32)
    out[:, :rise] += 0.2 * whistle.astype(np.float32)
    out[:, rise:] += burst
    return out


def crash(take: Take) -> Sound:
    """A car against a wall: the blow, sheet metal that folds, glass, and parts that roll away."""
    rng = take.rng
    frames = frames_of(3.2)
    blow = thud(rng, 0.9, 48 * take.scale, 0.17)
    bang = low(noise(rng, frames), 3800, 1) * falling(frames, 0.07, 0.001)
    force = np.zeros(frames, np.float32)
    first = poisson(rng, frames, 420, path(frames, (0, 1), (0.08, 0.7), (0.2, 0.15), (0.5, 0.03), (1, 0.005)))
    force[first] = heavy_tailed(rng, first.size, 7).astype(np.float32)
    modes = plate(rng, 130 * take.scale, 40)
    sheet = ring(force, modes, np.minimum(decay_s(modes, "tin") * 1.3, 0.12), (modes / modes[0]) ** -0.1)
    glass = shatter(Take(2.6, rng, 0.3, take.size, pitch=take.pitch))
    late = np.zeros((2, frames), np.float32)
    start = frames_of(0.07)
    late[:, start : start + glass.shape[1]] = glass[:, : frames - start]
    return mixed(1.2 * blow, 0.6 * unit(bang), 0.9 * unit(sheet), 0.35 * late)
