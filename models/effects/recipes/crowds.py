# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Many people at once: talk, applause, cheers, laughter."""

import numpy as np

from models.effects.filters import band, low
from models.effects.kernels import RATE_HZ
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import (
    Sound,
    bursts,
    drift,
    frames_of,
    hump,
    noise,
    path,
    placed,
    steady,
    stereo_noise,
    summed,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

# F1, F2, F3 of a man in Hz (Peterson and Barney 1952); women's and children's tracts are shorter.
VOWELS = {
    "a": (730, 1090, 2440), "e": (530, 1840, 2480), "i": (270, 2290, 3010), "o": (570, 840, 2410),
    "u": (300, 870, 2240), "uh": (640, 1190, 2390),
}  # fmt: skip
NAMES = tuple(VOWELS)


def _talker(take: Take, frames: int, f0: float, tract: float) -> Sound:
    """Somebody who talks, from too far to be understood: syllables, vowels that melt into each other, pauses."""
    rng = take.rng
    seconds = frames / RATE_HZ
    count = max(int(seconds * 4.4), 2)
    track = np.array([VOWELS[NAMES[int(rng.integers(6))]] for _ in range(count + 1)], np.float64) * tract
    where = np.linspace(0, count, frames)
    curves = [np.interp(where, np.arange(count + 1), track[:, k]).astype(np.float32) for k in range(3)]
    talks = np.clip(2.5 * (drift(rng, frames, 0.45, 1) + 0.5), 0, 1)
    syllables = np.clip(
        0.45 + 0.5 * np.sin(turning(4.2 + 0.8 * drift(rng, frames, 1, 1))) + 0.3 * drift(rng, frames, 5, 1), 0, 1.3
    )
    hz = f0 * 2 ** (0.16 * drift(rng, frames, 1.1, 2))
    source = glottis(rng, hz.astype(np.float32), breath=0.12, open_share=0.65)
    voice = voiced(source, [(curves[0], 90, 1.0), (curves[1], 110, 0.5), (curves[2], 170, 0.22)], through=0.01)
    consonants = band(noise(rng, frames), 2500, 7000) * np.clip(0.5 - syllables, 0, 1) * 0.12
    return np.asarray((steady(voice) * syllables + consonants) * talks, np.float32)


def crowd(take: Take) -> Sound:
    """A room full of people who talk: a dozen voices around, a murmur behind them."""
    rng, frames = take.rng, take.frames
    out: Sound = np.zeros((2, frames), np.float32)
    talkers = []
    for index in range(6):
        block = min(frames, frames_of(take.within(4.0, 7.0)))  # voices come again, but never the same ones together
        female = index % 2 == 0
        f0 = take.within(175, 240) if female else take.within(95, 135)
        talkers.append(_talker(take, block, f0 * take.pitch, 1.17 if female else 1.0).astype(np.float32))
    for layer in range(4):
        for voice in talkers:
            shift = int(rng.integers(0, voice.size))
            line: Sound = np.resize(np.roll(voice, shift), frames)
            side = take.within(0.05, 0.95)
            level = np.float32((1.0, 0.75, 0.55, 0.45)[layer] * take.within(0.5, 1.0))
            out += level * np.stack([np.float32(np.sqrt(1 - side)) * line, np.float32(np.sqrt(side)) * line])
    murmur = steady(band(stereo_noise(rng, frames), 220, 900)) * (1 + 0.12 * drift(rng, frames, 2, 3))
    return steady(low(out, 3800, 1)) + 0.35 * murmur


def applause(take: Take) -> Sound:
    """Hundreds of pairs of hands, each with its own rhythm near four claps a second and its own sound."""
    rng, frames = take.rng, take.frames
    people = int(take.grown(90, 2.2))
    first_parts, hz_parts, loud_parts = [], [], []
    for _ in range(people):
        rate = take.within(3.1, 5.0) * take.speed
        claps = summed(rng.normal(1 / rate, 0.09 / rate, int(take.seconds * rate * 1.3) + 2)) - rng.random() / rate
        claps = claps[(claps >= 0) & (claps < take.seconds - 0.02)]
        first_parts.append((claps * RATE_HZ).astype(np.int64))
        hz_parts.append(np.full(claps.size, np.exp(rng.normal(np.log(1250 * take.scale), 0.3))))
        loud_parts.append(rng.uniform(0.7, 1.2, claps.size) * 10 ** (rng.uniform(-20, 0) / 20))
    first = np.concatenate(first_parts)
    order = np.argsort(first, kind="stable")
    hz, loud = np.concatenate(hz_parts)[order], np.concatenate(loud_parts)[order]
    hands = bursts(rng, frames, first[order], hz, rng.uniform(0.006, 0.016, first.size), loud, quality=1.2)
    far = steady(band(stereo_noise(rng, frames), 600, 5000)) * (1 + 0.08 * drift(rng, frames, 4, 2))
    return steady(hands) + 0.3 * far


def cheer(take: Take) -> Sound:
    """A stadium: open vowels of hundreds at once, whistles, clapping."""
    rng, frames = take.rng, take.frames
    out: Sound = np.zeros((2, frames), np.float32)
    for index in range(6):
        block = min(frames, frames_of(take.within(4.0, 7.0)))  # each voice comes again at another place and time
        treble = index % 2 == 0
        f0 = take.within(330, 520) if treble else take.within(200, 320)
        hz = (f0 * take.pitch * 2 ** (0.16 * drift(rng, block, 0.8, 2))).astype(np.float32)
        vowel = VOWELS[("a", "uh", "e", "o")[int(rng.integers(4))]]
        source = glottis(rng, hz, breath=0.4, open_share=0.5, rough=0.03)
        tract = 1.17 if treble else 1.0
        voice = voiced(
            source, [(vowel[0] * tract, 130, 1.0), (vowel[1] * tract, 160, 0.8), (vowel[2] * tract, 250, 0.45)]
        )
        voice = (steady(voice) * hump(block, 0.04, 0.04)).astype(np.float32)
        swell = np.clip(0.6 + 0.45 * drift(rng, frames, 0.7, 2), 0.05, 1.6)
        for _ in range(3):
            swell = np.roll(swell, frames // 4)
            side = take.within(0.05, 0.95)
            line: Sound = np.resize(np.roll(voice, int(rng.integers(block))), frames) * swell
            out[0] += np.float32(np.sqrt(1 - side)) * line
            out[1] += np.float32(np.sqrt(side)) * line
    mass = steady(band(stereo_noise(rng, frames), 450, 2600)) * (1 + 0.2 * drift(rng, frames, 1.2, 3))
    out = steady(out) + 0.9 * mass
    for _ in range(max(int(take.seconds / 2.5), 1)):
        length = frames_of(take.within(0.4, 0.9))
        first = int(rng.integers(0, max(frames - length, 1)))
        hz = take.within(1900, 2900) * path(length, (0, 0.8), (0.5, 1.2), (1, 0.95))
        shrill = (tone(hz) * hump(length, 0.1, 0.2))[: frames - first]
        out[:, first : first + shrill.size] += np.float32(take.within(0.1, 0.3)) * shrill
    return out + 0.45 * steady(applause(Take(take.seconds, rng, 0.0)))


def _laugh(take: Take, f0: float, tract: float) -> Sound:
    rng = take.rng
    parts, at = [], 0.0
    count = int(rng.integers(5, 10))
    for index in range(count):
        frames = frames_of(take.within(0.11, 0.16))
        hz = (
            f0 * (1.25 - 0.4 * index / count) * path(frames, (0, 1.05), (0.3, 1.1), (1, 0.85)) * take.within(0.96, 1.04)
        )
        source = glottis(rng, hz.astype(np.float32), breath=0.35, open_share=0.6, rough=0.02)
        vowel = VOWELS["a" if index % 3 else "uh"]
        voice = voiced(
            source, [(vowel[0] * tract, 110, 1.0), (vowel[1] * tract, 140, 0.7), (vowel[2] * tract, 220, 0.3)]
        )
        aspirated = band(noise(rng, frames), 800, 4000) * hump(frames, 0.05, 0.8) * 0.1
        parts.append((at, np.float32(1 - 0.6 * index / count) * (unit(voice) * hump(frames, 0.25, 0.4) + aspirated)))
        at += take.within(0.17, 0.22) / take.speed
    return placed(frames_of(at + 0.25), *parts)


def laugh(take: Take) -> Sound:
    """One person: ha-ha-ha, each syllable lower and weaker."""
    female = take.rng.random() < 0.5 and take.size <= 0
    return unit(
        _laugh(take, (take.within(280, 380) if female else take.within(150, 210)) * take.pitch, 1.17 if female else 1.0)
    )


def laughter(take: Take) -> Sound:
    """An audience laughs: some thirty people, begun together, dying away in their own time."""
    rng, frames = take.rng, take.frames
    out = np.zeros((2, frames), np.float32)
    laughs = [_laugh(take, take.within(270, 400) * take.pitch, 1.17) for _ in range(7)] + [
        _laugh(take, take.within(140, 220) * take.pitch, 1.0) for _ in range(7)
    ]
    count = int(18 * take.seconds**0.9) + 14
    for index in range(count):
        voice = laughs[int(rng.integers(len(laughs)))]
        first = int(frames * (0.0 if index < 8 else rng.beta(0.9, 1.3))) + int(rng.integers(0, 9000))
        room = min(voice.size, frames - first)
        if room > 0:
            side = take.within(0.05, 0.95)
            out[:, first : first + room] += np.stack(
                [np.sqrt(1 - side) * voice[:room], np.sqrt(side) * voice[:room]]
            ) * np.float32(take.within(0.2, 1.0))
    return out + 0.06 * steady(band(stereo_noise(rng, frames), 300, 2500))
