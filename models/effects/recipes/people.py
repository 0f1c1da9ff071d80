"""People: many voices, hands, breath, heart."""

import numpy as np

from models.effects.filters import high, moving
from models.effects.kernels import RATE_HZ
from models.effects.recipes.crowds import NAMES, VOWELS
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import (
    Sound,
    drift,
    frames_of,
    hump,
    noise,
    path,
    placed,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def baby(take: Take) -> Sound:
    """A cry of about a second on the breath out, near 450 Hz, pressed, then a gasp."""
    rng = take.rng
    frames = frames_of(take.within(0.8, 1.3))
    hz = take.within(420, 500) * take.pitch * path(frames, (0, 0.8), (0.15, 1.1), (0.5, 1.15), (0.85, 1.0), (1, 0.75))
    hz = (hz * (1 + 0.018 * np.sin(turning(6.5, frames)) + 0.008 * drift(rng, frames, 20, 2))).astype(np.float32)
    source = glottis(rng, hz, breath=0.12, open_share=0.45, rough=0.02, sub=0.12)
    opened = path(frames, (0, 0.75), (0.2, 1.0), (0.8, 1.0), (1, 0.7))
    voice = voiced(
        source,
        [(1150 * opened, 160, 1.0), (1900 * opened, 230, 0.75), (3600, 400, 0.45), (5600, 800, 0.2)],
        through=0.03,
    )
    gasp = frames_of(0.25)
    air = moving(noise(rng, gasp), path(gasp, (0, 1600), (1, 2600)), 2.5) * hump(gasp, 0.4, 0.4)
    return placed(
        frames + gasp + 2000, (0.0, unit(voice * hump(frames, 0.12, 0.18))), (frames / RATE_HZ + 0.03, 0.12 * unit(air))
    )


def scream(take: Take) -> Sound:
    """A scream: high, pressed until it roughens (Arnal et al. 2015: modulation of 30 to 150 Hz)."""
    rng = take.rng
    frames = frames_of(take.within(1.2, 1.9))
    hz = take.within(820, 1050) * take.scale * path(frames, (0, 0.65), (0.12, 1.1), (0.6, 1.15), (1, 0.75))
    source = glottis(
        rng, (hz * (1 + 0.01 * drift(rng, frames, 30, 2))).astype(np.float32), breath=0.25, open_share=0.45, rough=0.03
    )
    voice = voiced(source, [(1000, 260, 1.0), (1700, 300, 0.8), (3100, 450, 0.6), (4300, 700, 0.3)], through=0.08)
    rough = 1 + 0.45 * np.sin(turning(75 * (1 + 0.15 * drift(rng, frames, 8, 1)))).astype(np.float32) * path(
        frames, (0, 0), (0.3, 1), (1, 1)
    )
    return unit(np.tanh(1.8 * unit(voice) * rough) * hump(frames, 0.08, 0.3))


def ghost(take: Take) -> Sound:
    """Whispers: breath shaped like speech that nobody can make out."""
    rng = take.rng
    frames = frames_of(take.within(1.2, 2.0))
    count = max(int(frames / RATE_HZ * 5), 3)
    track = np.array([VOWELS[NAMES[int(rng.integers(6))]] for _ in range(count + 1)], np.float64) * 1.1
    where = np.linspace(0, count, frames)
    curves = [np.interp(where, np.arange(count + 1), track[:, k]).astype(np.float32) for k in range(3)]
    air = noise(rng, frames)
    voice = voiced(air, [(curves[0], 120, 0.6), (curves[1], 150, 1.0), (curves[2], 220, 0.7)], through=0.05)
    syllables = np.clip(0.5 + 0.6 * np.sin(turning(4.6 + drift(rng, frames, 1, 1))), 0.03, 1)
    sibilants = high(noise(rng, frames), 4500) * np.clip(0.4 - syllables, 0, 1) * 0.4
    return unit((unit(voice) * syllables + sibilants) * hump(frames, 0.08, 0.2))


def crying(take: Take) -> Sound:
    """Sobs: short voiced breaths out, a trembling breath in."""
    rng = take.rng
    parts, at = [], 0.0
    f0 = take.within(290, 360) * take.pitch
    for index in range(int(rng.integers(3, 6))):
        frames = frames_of(take.within(0.16, 0.28))
        hz = f0 * (1.1 - 0.05 * index) * path(frames, (0, 0.9), (0.3, 1.12), (1, 0.8))
        source = glottis(rng, hz.astype(np.float32), breath=0.45, open_share=0.65, rough=0.03)
        voice = voiced(source, [(700, 120, 1.0), (1250, 160, 0.6), (2800, 300, 0.3)])
        parts.append((at, np.float32(take.within(0.7, 1.0)) * unit(voice * hump(frames, 0.2, 0.4))))
        at += take.within(0.26, 0.36)
    gasp = frames_of(0.55)
    air = moving(noise(rng, gasp), path(gasp, (0, 1100), (1, 2200)), 2.0) * hump(gasp, 0.5, 0.3)
    parts.append((at + 0.05, 0.3 * unit(air) * (1 + 0.6 * np.sin(turning(11.0, gasp))).astype(np.float32)))
    return placed(frames_of(at + 0.75), *parts)
