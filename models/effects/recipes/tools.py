"""Tools that drill, saw and hammer, and kitchens' motors."""

import numpy as np

from models.effects.bodies import struck
from models.effects.filters import band, high, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    bursts,
    drift,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    noise,
    path,
    placed,
    poisson,
    steady,
    stereo_noise,
    summed,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def dryer(take: Take) -> Sound:
    """A hair dryer: a fast small fan whose whine sits in a loud jet of air."""
    rng, frames = take.rng, take.frames
    run = path(frames, (0, 0.4), (min(0.5 / take.seconds, 0.4), 1), (1, 1))
    whine = tone(1750 * take.scale * run * (1 + 0.003 * drift(rng, frames, 2, 2)), harmonics=(1, 0.3, 0.1))
    air = steady(band(stereo_noise(rng, frames), 450, 6500)) * run
    return np.asarray(air + 0.16 * whine + 0.2 * steady(band(air, 200, 500)), np.float32)


def vacuum(take: Take) -> Sound:
    """A universal motor at 500 turns a second, its harmonics, and the suction, moved over the carpet."""
    rng, frames = take.rng, take.frames
    push = drift(rng, frames, 0.7 * take.speed, 1)
    hz = 480 * take.scale * (1 + 0.012 * push)
    motor = tone(hz, harmonics=(1, 0.35, 0.25, 0.3, 0.16, 0.18, 0.1, 0.12)) * (1 + 0.06 * noise(rng, frames))
    air = moving(stereo_noise(rng, frames), 1300 * 2 ** (0.25 * push), 0.5)
    return steady(air) + 0.3 * motor + 0.3 * steady(low(stereo_noise(rng, frames), 250))


def drill(take: Take) -> Sound:
    """A hand drill: the motor starts, bites, labours, and comes free."""
    rng, frames = take.rng, take.frames
    load = np.clip(0.5 + 0.7 * drift(rng, frames, 0.8 * take.speed, 1), 0, 1)
    start = path(frames, (0, 0), (min(0.25 / take.seconds, 0.3), 1), (1, 1))
    hz = 410 * take.scale * start * (1 - 0.3 * load) * (1 + 0.01 * drift(rng, frames, 12, 1))
    motor = tone(np.maximum(hz, 20), harmonics=(1, 0.7, 0.8, 0.45, 0.4, 0.3, 0.25, 0.2, 0.16, 0.12)) * (
        1 + 0.2 * noise(rng, frames)
    )
    bit = steady(band(noise(rng, frames), 1800, 8500)) * load * (1 + 0.4 * np.sin(turning(hz / 7)))
    return np.asarray((motor * start + 0.5 * bit).astype(np.float32), np.float32)


def jackhammer(take: Take) -> Sound:
    """A pneumatic hammer: twenty blows a second on stone, exhaust air with each."""
    rng, frames = take.rng, take.frames
    beat = summed(19.0 * take.speed * (1 + 0.01 * drift(rng, frames, 4, 1))) / RATE_HZ
    phase = (beat % 1).astype(np.float32)
    at = np.flatnonzero(np.diff(np.floor(beat)) > 0)
    force = np.zeros(frames, np.float32)
    force[at] = rng.uniform(0.7, 1.0, at.size)
    steel = ring(force, np.array([1250, 2080, 3340, 4700]) * take.scale, 0.006, [1, 0.8, 0.6, 0.4])
    ground = ring(force, [72, 130], 0.02)
    air = steady(band(noise(rng, frames), 700, 7000)) * np.exp(-5 * phase)
    chips = steady(high(noise(rng, frames), 3000)) * np.exp(-12 * phase)
    return np.asarray(unit(steel) + 0.5 * unit(ground) + 0.25 * air + 0.14 * chips, np.float32)


def saw(take: Take) -> Sound:
    """A hand saw in wood: strokes to and fro, teeth that bite in fast order."""
    rng, frames = take.rng, take.frames
    stroke = np.sin(turning(1.25 * take.speed * (1 + 0.03 * drift(rng, frames, 0.5, 1)))).astype(np.float32)
    speed = np.abs(stroke)
    teeth = tone(np.maximum(330 * take.scale * speed, 25), harmonics=tuple(1 / k**0.6 for k in range(1, 14))) * (
        1 + 0.5 * noise(rng, frames)
    )
    rasp = moving(noise(rng, frames), 1200 + 2600 * speed, 1.0)
    wood = ring(low(teeth, 2000, 1) * 0.02, [190, 420, 760, 1180], 0.012)
    level = speed * np.where(stroke > 0, 1.0, 0.55).astype(np.float32)
    return np.asarray((steady(rasp) + 0.18 * steady(teeth) + 0.5 * steady(wood)) * level, np.float32)


def circular_saw(take: Take) -> Sound:
    """A blade at full speed, that screams as it goes into the wood."""
    rng, frames = take.rng, take.frames
    cut = np.clip(0.35 + 0.9 * drift(rng, frames, 0.35 * take.speed, 1), 0, 1)
    hz = 1180 * take.scale * (1 - 0.13 * cut) * (1 + 0.002 * drift(rng, frames, 5, 1))
    blade = tone(hz, harmonics=(1, 0.5, 0.35, 0.3, 0.2, 0.12, 0.1)) * (0.6 + 0.6 * cut)
    wood = moving(noise(rng, frames), 2.1 * hz, 2.0) * cut
    air = band(noise(rng, frames), 600, 7500)
    return np.asarray((blade + 0.7 * steady(wood) * cut + 0.25 * steady(air)).astype(np.float32), np.float32)


def blender(take: Take) -> Sound:
    """A mixer: the motor screams, ice and fruit knock against the jar and give way."""
    rng, frames = take.rng, take.frames
    full = path(frames, (0, 1), (0.7, 0.35), (1, 0.25))
    hz = 370 * take.scale * (1 + 0.02 * drift(rng, frames, 8, 2) - 0.08 * full)
    motor = tone(hz, harmonics=(1, 0.6, 0.7, 0.4, 0.35, 0.3, 0.2, 0.2, 0.12)) * (1 + 0.2 * noise(rng, frames))
    first = poisson(rng, frames, 75, full)
    ice = bursts(
        rng, frames, first, rng.uniform(900, 4500, first.size), 0.008, heavy_tailed(rng, first.size, 6), quality=4.0
    )
    air = steady(band(stereo_noise(rng, frames), 700, 6000))
    return np.asarray(np.stack([0.5 * motor] * 2) + 0.5 * ice + 0.5 * air, np.float32)


def scissors(take: Take) -> Sound:
    """Two blades slide and close."""
    rng = take.rng
    frames = frames_of(take.within(0.16, 0.24) / take.speed)
    slide = ring(noise(rng, frames) * hump(frames, 0.7, 0.2), np.array([3300, 4700, 6900, 9200]) * take.scale, 0.005)
    shut = unit(struck(rng, 0.2, 2600 * take.scale, "metal", contact_s=0.0003, count=14, tilt=0.1)) * falling(
        frames_of(0.2), 0.015, 0
    )
    return placed(frames_of(0.5), (0.0, 0.5 * unit(slide)), (frames / RATE_HZ - 0.01, 0.8 * shut))


def spray(take: Take) -> Sound:
    """A can: a valve, a steady bright jet."""
    rng = take.rng
    frames = frames_of(take.within(0.6, 1.2))
    jet = high(noise(rng, frames), 2600, 1) + 0.5 * moving(noise(rng, frames), 6200, 1.5)
    return unit(jet * hump(frames, 0.03, 0.06) * (1 + 0.05 * drift(rng, frames, 25, 2)))
