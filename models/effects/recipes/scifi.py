# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""What nobody has recorded: machines of the future, radios, glitches."""

import numpy as np

from models.effects.filters import band, high, low, moving, piped
from models.effects.signals import (
    Sound,
    chirps,
    drift,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    poisson,
    steady,
    stereo_noise,
    time,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def laser(take: Take) -> Sound:
    """A steel wire that is struck: high frequencies arrive first, so it is a falling chirp; here with a buzz."""
    rng = take.rng
    frames = frames_of(0.45)
    t = time(frames)
    top, tau = take.within(2800, 4200) * take.scale, take.within(0.045, 0.07)
    hz = 130 + top * np.exp(-t / tau)
    wave = tone(hz, harmonics=(1, 0.45, 0.3, 0.2, 0.12)) * falling(frames, 0.12, 0.001)
    double = tone(1.02 * hz, harmonics=(1, 0.3)) * falling(frames, 0.1, 0.001)
    zap = high(noise(rng, frames), 2500, 1) * falling(frames, 0.012, 0.0004)
    return (wave + 0.5 * double + 0.25 * zap).astype(np.float32)


def teleport(take: Take) -> Sound:
    """A cloud of tones that rises and shimmers, and a soft breath at the end."""
    rng = take.rng
    seconds = 2.4 / take.speed
    frames = frames_of(seconds)
    density = path(frames, (0, 0.3), (0.7, 1), (1, 0.1))
    first = poisson(rng, frames, 95, density)
    where = first / frames
    hz = 420 * take.scale * 2 ** (3.4 * where + rng.normal(0, 0.35, first.size))
    shimmer = chirps(rng, frames, first, hz, 0.09, 0.5 + where, rise=0.06, attack_s=0.01)
    beam = tone(path(frames, (0, 150), (0.75, 900), (1, 1500)) * take.scale, harmonics=(1, 0.3, 0.2))
    beam = (
        beam * (0.5 + 0.5 * np.sin(turning(path(frames, (0, 7), (1, 26))))).astype(np.float32) * hump(frames, 0.5, 0.2)
    )
    air = moving(noise(rng, frames), path(frames, (0, 800), (0.8, 6500), (1, 1500)), 1.2) * hump(frames, 0.8, 0.18)
    return mixed(0.9 * unit(shimmer), np.stack([0.25 * beam + 0.3 * unit(air)] * 2))


def spaceship(take: Take) -> Sound:
    """The hum of a ship from inside: low partials that beat, a slow sweep, air."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    for hz, level in ((43, 1.0), (57.5, 0.7), (86.4, 0.6), (115, 0.35), (173, 0.22), (259, 0.12)):
        for channel in range(2):
            bend = hz * take.scale * take.within(0.996, 1.004)
            wave = np.sin(turning(bend, frames) + 6.28 * rng.random())
            out[channel] += (level * wave * (1 + 0.3 * drift(rng, frames, 0.4, 1))).astype(np.float32)
    air = steady(band(stereo_noise(rng, frames), 120, 900)) * 0.3
    sweep = moving(stereo_noise(rng, frames), 520 * 2 ** (0.5 * drift(rng, frames, 0.15, 1)), 7.0)
    return np.asarray(out + air + 0.18 * steady(sweep), np.float32)


def robot(take: Take) -> Sound:
    """A robot talks in tones: fast syllables through a metal throat."""
    rng = take.rng
    parts = []
    for _ in range(int(rng.integers(4, 9))):
        frames = frames_of(take.within(0.06, 0.17) / take.speed)
        start, end = rng.uniform(250, 1500, 2) * take.scale
        wave = tone(
            path(frames, (0, start), (0.5, 0.5 * (start + end) * take.within(0.7, 1.4)), (1, end)),
            harmonics=(1, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15),
        )
        talk = (
            wave * np.sign(np.sin(turning(take.within(30, 80), frames))).astype(np.float32)
            if rng.random() < 0.4
            else wave
        )
        parts.append(talk * hump(frames, 0.08, 0.15))
        parts.append(np.zeros(frames_of(take.within(0.01, 0.06)), np.float32))
    return band(piped(np.concatenate(parts).astype(np.float32), 0.0031, 0.5, 0.2), 250, 7000)


def servo(take: Take) -> Sound:
    """A robot's arm moves: a small motor runs up, holds, and stops with a click."""
    rng = take.rng
    frames = frames_of(take.within(0.5, 1.1) / take.speed)
    run = path(frames, (0, 0.3), (0.15, 1), (0.8, 0.95), (1, 0.3))
    hz = take.within(310, 460) * take.scale * run * (1 + 0.01 * drift(rng, frames, 20, 1))
    whine = tone(hz, harmonics=(1, 0.6, 0.2, 0.5, 0.15, 0.1, 0.3)) + 0.5 * tone(5.03 * hz, harmonics=(1, 0.3))
    gears = band(noise(rng, frames), 1500, 6000) * (1 + np.sin(turning(hz / 3))).astype(np.float32) * 0.12
    return (whine * 0.5 + gears) * hump(frames, 0.06, 0.06)


def force_field(take: Take) -> Sound:
    """An electric skin: mains hum, a comb that sweeps, sparks."""
    rng, frames = take.rng, take.frames
    hz = 100 * take.scale * (1 + 0.01 * drift(rng, frames, 0.5, 1))
    hum = tone(hz, harmonics=tuple(0.9 ** (k - 1) / k**0.5 for k in range(1, 90)))
    sweep = 900 * 2 ** (1.1 * np.sin(turning(0.35 * take.speed, frames)) + 0.2 * drift(rng, frames, 3, 1))
    left = moving(hum, sweep, 5.0)
    right = moving(hum, sweep * 1.25, 5.0)
    wobble = 1 + 0.4 * np.sin(turning(9.0 * take.speed, frames)).astype(np.float32)
    first = poisson(rng, frames, 6)
    sparks = chirps(rng, frames, first, rng.uniform(2500, 7000, first.size), 0.004, 0.5)
    return np.asarray(
        np.stack([left, right]) * wobble + 0.25 * np.stack([low(hum, 300)] * 2) + 0.3 * sparks, np.float32
    )


def power_up(take: Take) -> Sound:
    """Energy builds: a tone and its harmonics climb, pulsing ever faster."""
    return _power(take, rising=True)


def power_down(take: Take) -> Sound:
    """It fails: everything sinks and slows down."""
    return _power(take, rising=False)


def _power(take: Take, *, rising: bool) -> Sound:
    rng = take.rng
    frames = frames_of(2.0 / take.speed)
    climb = np.linspace(0, 1, frames) ** 1.4
    climb = climb if rising else 1 - np.linspace(0, 1, frames) ** 0.7
    hz = 75 * take.scale * 2 ** (4.0 * climb)
    wave = tone(hz, harmonics=tuple(1 / k for k in range(1, 12))) + 0.5 * tone(1.505 * hz, harmonics=(1, 0.5, 0.3))
    pulse = 0.65 + 0.35 * np.sin(turning(3 + 24 * climb))
    air = moving(noise(rng, frames), np.clip(8 * hz, 300, 9000), 2.0) * climb
    shaped = moving((wave * pulse).astype(np.float32), np.clip(5 * hz, 300, 12_000), 0.8, "low")
    level = hump(frames, 0.35, 0.06) if rising else hump(frames, 0.02, 0.6)
    return (shaped + 0.6 * air).astype(np.float32) * level


def saber(take: Take) -> Sound:
    """A sword of light: two hums that beat, whose pitch and level bend when it is swung past."""
    rng, frames = take.rng, take.frames
    swing = np.clip(drift(rng, frames, 0.9 * take.speed, 1) - 0.4, 0, 1.6) + 0.15 * drift(rng, frames, 0.4, 1)
    swing = low(swing, 6, 1)
    hz = 92 * take.scale * (1 + 0.16 * swing)
    hum = tone(hz, harmonics=(1, 0.7, 0.55, 0.35, 0.3, 0.2, 0.16, 0.1)) + tone(
        1.26 * hz, harmonics=(0.6, 0.4, 0.3, 0.2)
    )
    buzz = tone(hz * 1.003, harmonics=tuple(1 / k**0.7 for k in range(1, 90)))
    open_up = moving(buzz, 700 + 2600 * np.clip(swing, 0, 2), 1.2)
    level = 0.7 + 0.8 * np.clip(swing, 0, 1.5)
    side = np.clip(0.5 + 0.4 * drift(rng, frames, 0.5, 1), 0.1, 0.9)
    out = (hum + 0.8 * open_up) * level
    return np.stack([out * np.sqrt(1 - side), out * np.sqrt(side)]).astype(np.float32)


def radio_static(take: Take) -> Sound:
    """Between stations: hiss, crackle, a heterodyne that whistles as the dial turns, scraps of a voice."""
    rng, frames = take.rng, take.frames
    hiss = steady(band(stereo_noise(rng, frames, 0.2), 350, 3800, 2))
    fading = np.clip(0.7 + 0.3 * drift(rng, frames, 3.0, 3), 0.1, 1.5)
    first = poisson(rng, frames, 18)
    crackle = np.zeros(frames, np.float32)
    np.add.at(crackle, first, (rng.exponential(1, first.size) ** 1.6).astype(np.float32))
    dial = 1100 * 2 ** (1.3 * drift(rng, frames, 0.35 * take.speed, 1))
    near = np.clip(drift(rng, frames, 0.4, 1) - 0.2, 0, 1)
    whistle = np.sin(turning(np.clip(dial, 100, 4500))) * near
    voice = (
        band(noise(rng, frames), 300, 2800)
        * np.clip(drift(rng, frames, 5, 2), 0, 2)
        * np.clip(drift(rng, frames, 0.5, 1), 0, 1)
    )
    return np.asarray(
        hiss * fading + np.stack([3 * band(crackle, 500, 4500) + 0.35 * whistle.astype(np.float32) + 0.7 * voice] * 2),
        np.float32,
    )


def glitch(take: Take) -> Sound:
    """Data that breaks: buffers that repeat, tones of wrong bits, gaps."""
    rng = take.rng
    parts: list[Sound] = []
    total = 0
    while total < frames_of(1.3):
        length = frames_of(take.within(0.012, 0.07))
        kind = int(rng.integers(4))
        if kind == 0:
            grain = np.tile(noise(rng, frames_of(take.within(0.0006, 0.004))), 400)[:length]
        elif kind == 1:
            grain = np.sign(tone(np.full(length, take.within(90, 3500) * take.scale)))
        elif kind == 2:
            grain = np.round(3 * tone(path(length, (0, take.within(400, 5000)), (1, take.within(60, 900))))) / 3
        else:
            grain = np.zeros(length)
        for _ in range(int(rng.integers(1, 7))):
            parts.append(np.asarray(grain * hump(length, 0.02, 0.02), np.float32))
            total += length
    return np.concatenate(parts) * np.float32(0.7)


def computer(take: Take) -> Sound:
    """A computer of an old film thinks: short tones from a scale in no order."""
    rng, frames = take.rng, take.frames
    out = np.zeros(frames, np.float32)
    at = 0
    while at < frames:
        length = frames_of(take.within(0.05, 0.12) / take.speed)
        if rng.random() < 0.8:
            hz = 880 * take.pitch * 2 ** (float(rng.choice([0, 2, 4, 7, 9, 12, 14, 16, 19])) / 12)
            beep = tone(np.full(length, hz), harmonics=(1, 0.1, 0.12)) * hump(length, 0.05, 0.15)
            room = min(length, frames - at)
            out[at : at + room] += beep[:room]
        at += length
    return out


def alien(take: Take) -> Sound:
    """Something alive from elsewhere: a wet, ring-modulated warble."""
    rng = take.rng
    frames = frames_of(take.within(0.9, 1.6) / take.speed)
    hz = 210 * take.scale * 2 ** (0.7 * drift(rng, frames, 3.5, 2))
    wave = tone(np.clip(hz, 60, 1500), harmonics=tuple(1 / k for k in range(1, 14)))
    ringed = wave * np.sin(turning(61 * 2 ** (0.6 * drift(rng, frames, 2, 1))))
    throat = moving(ringed.astype(np.float32), 900 * 2 ** (0.9 * drift(rng, frames, 5, 1)), 4.0)
    return (throat + 0.25 * ringed).astype(np.float32) * hump(frames, 0.15, 0.25)


def drive_away(take: Take) -> Sound:
    """A ship flies past: a phased roar that rises, tears by and sinks."""
    rng = take.rng
    frames = frames_of(3.5 / take.speed)
    near = np.exp(-((np.linspace(-1, 1, frames) / 0.33) ** 2)).astype(np.float32)
    doppler = path(frames, (0, 1.25), (0.42, 1.2), (0.58, 0.72), (1, 0.68)) * take.scale
    hum = tone(105 * doppler, harmonics=tuple(1 / k**0.8 for k in range(1, 24)))
    roar = steady(moving(noise(rng, frames), 400 * doppler * (0.5 + 2 * near), 0.6))
    mono = (0.6 * hum + roar) * near**0.8
    late = piped(mono.astype(np.float32), 0.0024, 0.6, 0.2)
    side = np.linspace(0.05, 0.95, frames)
    return np.stack([late * np.sqrt(1 - side), late * np.sqrt(side)]).astype(np.float32)
