# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Voices of large and distant animals."""

import numpy as np

from models.effects.filters import band, low
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import (
    Sound,
    drift,
    frames_of,
    hump,
    noise,
    path,
    placed,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def howl(take: Take) -> Sound:
    """A wolf: it slides up, holds for seconds almost as a sine, breaks and falls."""
    rng = take.rng
    frames = frames_of(take.within(2.8, 4.2))
    top = take.within(480, 640) * take.scale
    knee = take.within(0.72, 0.8)
    hz = top * path(frames, (0, 0.55), (0.1, 0.82), (0.22, 1.0), (knee, 0.97), (knee + 0.02, 0.88), (1, 0.55))
    hz *= 1 + 0.006 * drift(rng, frames, 5, 2)
    source = glottis(rng, hz, breath=0.06, open_share=0.8, rough=0.004)
    voice = voiced(source, [(hz, 130, 1.0), (2.0 * hz, 220, 0.28), (3 * hz, 350, 0.07)], through=0.012)
    return unit(voice * hump(frames, 0.12, 0.35))


def neigh(take: Take) -> Sound:
    """A horse: a high cry that shakes and falls, and ends in snorts."""
    rng = take.rng
    frames = frames_of(take.within(1.5, 2.1))
    shake = np.sin(turning(path(frames, (0, 9), (1, 13)))).astype(np.float32)
    depth = path(frames, (0, 0.02), (0.3, 0.07), (1, 0.14))
    hz = (
        take.within(900, 1150)
        * take.scale
        * path(frames, (0, 0.7), (0.1, 1.1), (0.35, 1.0), (1, 0.38))
        * (1 + depth * shake)
    )
    source = glottis(rng, hz, breath=0.2, open_share=0.5, rough=0.03, sub=0.2)
    voice = voiced(source, [(1100, 260, 1.0), (1900, 350, 0.8), (3100, 500, 0.45), (4600, 800, 0.2)], through=0.1)
    cry = unit(voice * (1 + 0.7 * shake * path(frames, (0, 0.2), (1, 1))) * hump(frames, 0.08, 0.35))
    snort = frames_of(0.5)
    flutter = np.clip(np.sin(turning(26.0, snort)), 0, 1).astype(np.float32)
    air = band(noise(rng, snort), 250, 2600) * hump(snort, 0.1, 0.6) * (0.4 + flutter)
    return placed(frames + snort, (0.0, cry), (frames / 44_100 - 0.1, 0.3 * unit(air)))


def lion(take: Take) -> Sound:
    """A roar: folds so slack that they rattle at 100 Hz and below, a long throat, growing and dying away."""
    rng = take.rng
    frames = frames_of(take.within(2.2, 3.2))
    hz = take.within(88, 112) * take.scale * path(frames, (0, 0.7), (0.3, 1.3), (0.6, 1.15), (1, 0.6))
    source = glottis(rng, hz, breath=0.7, open_share=0.4, rough=0.13, sub=0.4)
    mouth = path(frames, (0, 0.65), (0.35, 1.1), (0.7, 1.0), (1, 0.7))
    voice = voiced(
        source, [(300 * mouth, 110, 1.0), (700 * mouth, 170, 0.8), (1450 * mouth, 300, 0.5), (2700, 500, 0.25)]
    )
    rasp = voice * (1 + 0.35 * drift(rng, frames, 30, 2))
    return unit(np.tanh(2.0 * unit(rasp)) * hump(frames, 0.22, 0.5))


def elephant(take: Take) -> Sound:
    """A trumpet call: lips of the trunk buzz, brassy and rising."""
    rng = take.rng
    frames = frames_of(take.within(1.1, 1.7))
    hz = (
        take.within(330, 420)
        * take.scale
        * path(frames, (0, 0.65), (0.15, 1.1), (0.5, 1.35), (1, 0.9))
        * (1 + 0.02 * drift(rng, frames, 22, 2))
    )
    source = glottis(rng, hz, breath=0.3, open_share=0.35, rough=0.05, sub=0.15)
    voice = voiced(source, [(900, 250, 1.0), (1700, 350, 0.9), (2900, 600, 0.7), (4300, 900, 0.35)], through=0.25)
    return unit(np.tanh(2.5 * unit(voice)) * hump(frames, 0.06, 0.3))


def monkey(take: Take) -> Sound:
    """Hoots that become screams: oo-oo-ah-ah."""
    rng = take.rng
    parts = []
    at = 0.0
    for index in range(int(rng.integers(4, 7))):
        frames = frames_of(take.within(0.14, 0.22))
        climb = 1 + 0.14 * index
        hz = take.within(330, 400) * take.scale * climb * path(frames, (0, 0.75), (0.5, 1.1), (1, 0.8))
        source = glottis(rng, hz, breath=0.25, open_share=0.65, rough=0.03)
        first = (420 + 130 * index) * take.scale
        parts.append(
            (
                at,
                unit(
                    voiced(source, [(first, 120, 1.0), (2.1 * first, 200, 0.5), (3300, 500, 0.2)])
                    * hump(frames, 0.2, 0.4)
                ),
            )
        )
        at += take.within(0.22, 0.3)
    return placed(frames_of(at + 0.2), *parts)


def whale(take: Take) -> Sound:
    """A humpback's phrase: moans that slide, far away under water."""
    rng = take.rng
    frames = frames_of(take.within(2.4, 4.0))
    f0 = take.within(150, 420) * take.scale
    hz = f0 * 2 ** (0.5 * path(frames, (0, rng.normal()), (0.3, rng.normal()), (0.7, rng.normal()), (1, rng.normal())))
    hz = np.exp(low(np.log(hz) - np.log(hz[0]), 3, 1)) * hz[0] * (1 + 0.006 * drift(rng, frames, 5, 2))
    wave = tone(hz, harmonics=(1, 0.5, 0.32, 0.2, 0.1, 0.05)) * (1 + 0.25 * drift(rng, frames, 4, 1))
    sea = placed(frames_of(frames / 44_100 + 2.5), (0.0, wave * hump(frames, 0.25, 0.35)))
    echo = low(sea, 1300, 1)
    for late, level in ((0.31, 0.4), (0.57, 0.3), (0.93, 0.24), (1.4, 0.17)):
        shift = frames_of(late)
        echo[shift:] += np.float32(level) * low(sea, 800, 1)[:-shift]
    return unit(echo)


def dolphin(take: Take) -> Sound:
    """Whistles that loop up and down, and a burst of clicks."""
    rng = take.rng
    frames = frames_of(0.8)
    hz = (
        take.within(6500, 8500) * take.scale * path(frames, (0, 0.75), (0.3, 1.25), (0.55, 0.85), (0.85, 1.3), (1, 1.1))
    )
    whistle = tone(low(hz - hz[0], 12, 1) + hz[0], harmonics=(1, 0.12)) * hump(frames, 0.15, 0.2)
    clicking = frames_of(0.5)
    phase = (turning(path(clicking, (0, 45), (1, 190))) / (2 * np.pi) % 1).astype(np.float32)
    clicks = band(noise(rng, clicking) * (phase < 0.08), 4000, 16_000) * hump(clicking, 0.1, 0.2)
    return placed(frames_of(1.4), (0.0, 0.8 * whistle), (0.8, 0.5 * unit(clicks)))
