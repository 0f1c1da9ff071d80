"""What flies and floats: jets, propellers, helicopters, boats."""

from dataclasses import replace

import numpy as np

from models.effects.filters import band, low, moving, passing, piped, ring
from models.effects.kernels import RATE_HZ
from models.effects.recipes.engines import AHEAD_S, motor
from models.effects.signals import (
    Sound,
    drift,
    faded,
    falling,
    frames_of,
    heavy_tailed,
    noise,
    pink,
    poisson,
    steady,
    stereo_noise,
    summed,
    tone,
    turning,
)  # fmt: skip
from models.effects.take import Take

LONGEST_FLIGHT_S = 30.0  # then the next jet comes


def jet(take: Take) -> Sound:
    """A jet that flies over: the broad roar behind it, the whine of its fans ahead of it, Doppler and all."""
    if take.seconds > LONGEST_FLIGHT_S:
        count = int(np.ceil(take.seconds / LONGEST_FLIGHT_S))
        flights = [jet(replace(take, seconds=take.seconds / count)) for _ in range(count)]
        return np.concatenate([faded(flight, 0.8, 0.8) for flight in flights], axis=1)
    rng, frames = take.rng, take.frames
    length = frames + frames_of(AHEAD_S + 5)
    roar = steady(low(pink(rng, length), 900, 1)) * (1 + 0.25 * drift(rng, length, 6, 3))
    crackle = steady(band(noise(rng, length), 300, 3500)) * np.clip(0.7 + 0.3 * drift(rng, length, 18, 2), 0, 2)
    whine = np.zeros(length, np.float32)
    for hz in (1450, 2180, 3640):
        whine += tone(hz * take.scale * (1 + 0.002 * drift(rng, length, 2, 1)))
    near = take.within(0.4, 0.55)
    along = (np.linspace(-near, 1 - near, frames) * min(take.seconds, 30) * 110).astype(np.float32)
    return passing((roar + 0.4 * crackle + 0.12 * whine).astype(np.float32), along, 190.0)


def propeller(take: Take) -> Sound:
    """A light aeroplane: blades at 80 Hz with many harmonics, two of them slightly apart beat, air and exhaust."""
    rng, frames = take.rng, take.frames
    out = np.zeros(frames, np.float32)
    for detune, level in ((1.0, 1.0), (1.011, 0.5)):
        hz = 82 * take.scale * take.speed * detune * (1 + 0.003 * drift(rng, frames, 0.5, 2))
        phase = turning(hz) / (2 * np.pi) % 1
        out += level * (np.exp(-9 * phase) - 0.11).astype(np.float32) * (1 + 0.25 * noise(rng, frames))
    air = steady(band(stereo_noise(rng, frames), 150, 1600)) * (1 + 0.1 * drift(rng, frames, 2, 2))
    far = low(steady(piped(out, 0.0045, -0.4, 0.4)), 1400, 1) * (1 + 0.12 * drift(rng, frames, 0.4, 2))
    return np.stack([far, np.roll(far, 40)]) + 0.3 * air


def helicopter(take: Take) -> Sound:
    """Blades that slap the air some twelve times a second, a tail rotor, a turbine."""
    rng, frames = take.rng, take.frames
    rate = 11.5 * take.speed * take.scale * (1 + 0.006 * drift(rng, frames, 0.3, 1))
    phase = (summed(rate) / RATE_HZ % 1).astype(np.float32)
    slap = np.exp(-14 * phase) * np.clip(phase / 0.02, 0, 1)
    thump = steady(band(noise(rng, frames), 45, 420)) * slap
    chop = steady(band(noise(rng, frames), 350, 3200)) * (0.15 + slap**1.5)
    punch = np.sin(2 * np.pi * 2.2 * np.sqrt(phase)).astype(np.float32) * slap
    tail = low(np.sign(np.sin(turning(5.6 * rate))).astype(np.float32), 320, 1)
    turbine = np.sin(turning(2350 * (1 + 0.002 * drift(rng, frames, 1, 2))))
    far = 0.14 * stereo_noise(rng, frames) * (0.5 + 0.5 * slap)
    return np.asarray(
        np.stack([1.6 * thump + 0.18 * chop + 1.4 * punch + 0.12 * tail + 0.02 * turbine] * 2) + far, np.float32
    )


def boat(take: Take) -> Sound:
    """A slow single cylinder, the putt of its exhaust near the water, and the wash along the hull."""
    rng, frames = take.rng, take.frames
    rpm = 520 * take.speed * take.scale * (1 + 0.02 * drift(rng, frames, 0.8, 2))
    core = motor(rng, rpm, cylinders=2, uneven=0.1, sharp=7.0, pipe_s=0.008, noisy=0.5)
    putt = moving(core, 340, 1.2, "low")
    wash = steady(band(stereo_noise(rng, frames), 250, 3200)) * np.clip(0.6 + 0.35 * drift(rng, frames, 0.8, 3), 0.1, 2)
    first = poisson(rng, frames, 4)
    slosh = np.zeros(frames, np.float32)
    np.add.at(slosh, first, heavy_tailed(rng, first.size, 4).astype(np.float32))
    lap = ring(slosh, [310, 520], 0.03) * falling(frames, 1e6)
    return np.asarray(np.stack([steady(putt) + 0.2 * lap] * 2) + 0.4 * wash, np.float32)
