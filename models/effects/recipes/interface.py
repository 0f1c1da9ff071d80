# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Sounds of screens and small devices: clicks, signs, keys, shutters, coins."""

import numpy as np

from models.effects.bodies import decay_s, knocked, struck, thud
from models.effects.filters import band, high, low, moving, ring
from models.effects.kernels import RATE_HZ
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    mixed,
    noise,
    path,
    placed,
    summed,
    time,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take

GLASSY = (1.0, 0.32, 0.12, 0.05)


def click(take: Take) -> Sound:
    """A mouse button: the dome snaps down, and back some 80 ms later."""
    parts = []
    for at_s, level, hz in ((0.0, 1.0, 2900.0), (take.within(0.07, 0.1), 0.55, 3600.0)):
        frames = frames_of(0.04)
        force = noise(take.rng, frames) * falling(frames, 0.0006, 0.0001)
        modes = hz * take.scale * np.array([0.38, 1.0, 1.63, 2.21]) * take.within(0.97, 1.03)
        parts.append(
            (at_s, np.float32(level) * unit(ring(force, modes, [0.004, 0.0022, 0.0015, 0.001], [0.6, 1, 0.7, 0.4])))
        )
    return placed(frames_of(0.16), *parts)


def pop(take: Take) -> Sound:
    """A bubble or a cork: a cavity that opens, so its tone rises and stops."""
    frames = frames_of(0.16)
    t = time(frames)
    hz = take.within(340, 460) * take.scale * (1 + 2.6 * (1 - np.exp(-t / 0.03)))
    body = np.sin(turning(hz)) * falling(frames, 0.028, 0.0015)
    puff = band(noise(take.rng, frames), 700, 5000) * falling(frames, 0.006, 0.0005) * 0.25
    return (body + puff).astype(np.float32)


def _bells(take: Take, notes: tuple[tuple[float, float], ...], ring_s: float) -> Sound:
    parts = []
    for at_s, hz in notes:
        frames = frames_of(ring_s * 5)
        body = sum(
            level * np.sin(turning(hz * take.pitch * ratio, frames)) * falling(frames, ring_s / ratio**0.6, 0.002)
            for ratio, level in zip((1, 2.0, 3.01, 4.1), GLASSY, strict=True)
        )
        parts.append((at_s, np.asarray(body, np.float32)))
    return placed(frames_of(max(at_s for at_s, _ in notes) + ring_s * 5), *parts)


def success(take: Take) -> Sound:
    """Up a major chord."""
    root = 523.25 * 2 ** (int(take.rng.integers(-2, 4)) / 12)
    steps = (
        ((0.0, 0), (0.09, 4), (0.18, 7), (0.27, 12)) if take.rng.random() < 0.6 else ((0.0, 0), (0.12, 7), (0.24, 12))
    )
    return _bells(take, tuple((at, root * 2 ** (step / 12)) for at, step in steps), 0.22)


def error(take: Take) -> Sound:
    """Down, hollow and short, twice."""
    root = 233.0 * 2 ** (int(take.rng.integers(-2, 3)) / 12) * take.pitch
    parts = []
    for at_s, ratio in ((0.0, 1.0), (0.17, 0.84)):
        frames = frames_of(0.15 if at_s == 0 else 0.3)
        wave = tone(np.full(frames, root * ratio), harmonics=(1, 0, 0.5, 0, 0.3, 0, 0.15)) + 0.4 * tone(
            np.full(frames, root * ratio * 1.06), harmonics=(1, 0, 0.4)
        )
        parts.append((at_s, wave * hump(frames, 0.03, 0.35)))
    return placed(frames_of(0.5), *parts)


def notification(take: Take) -> Sound:
    """Two soft bell tones, a rising fourth or fifth."""
    root = 880.0 * 2 ** (int(take.rng.integers(-3, 4)) / 12)
    step = float(take.rng.choice([4, 5, 7]))
    return _bells(take, ((0.0, root), (0.13, root * 2 ** (step / 12))), 0.3)


def key(take: Take) -> Sound:
    """A key of a keyboard goes down and up: switch, bottoming out of the cap, return."""
    rng = take.rng
    scale = take.scale * take.within(0.88, 1.12)
    down = struck(rng, 0.12, 310 * scale, "plastic", contact_s=0.0008, count=20, tilt=0.25)
    up = struck(rng, 0.1, 520 * scale, "plastic", contact_s=0.0006, count=16, tilt=0.15)
    switch = high(noise(rng, frames_of(0.02)), 3000) * falling(frames_of(0.02), 0.0012, 0.0002)
    body = thud(rng, 0.08, 170 * scale, 0.01)
    late = take.within(0.06, 0.1)
    return placed(
        frames_of(0.24), (0.0, 0.4 * switch), (0.006, unit(down) * falling(down.size, 0.012, 0.0)), (0.006, 0.3 * body),
        (late, 0.4 * unit(up) * falling(up.size, 0.008, 0.0)), (late, 0.15 * switch),
    )  # fmt: skip


def shutter(take: Take) -> Sound:
    """A mirror camera: mirror up, curtains, mirror down, in a tenth of a second."""
    rng = take.rng
    parts = []
    for at_s, level, hz in ((0.0, 0.8, 620.0), (0.035, 0.5, 1900.0), (0.085, 0.55, 2100.0), (0.12, 1.0, 540.0)):
        hit = struck(
            rng, 0.12, hz * take.scale * take.within(0.95, 1.05), "plastic", contact_s=0.0004, count=22, tilt=0.1
        )
        parts.append((at_s, np.float32(level) * unit(hit) * falling(hit.size, 0.014, 0.0)))
    slide = band(noise(rng, frames_of(0.06)), 2500, 9000) * hump(frames_of(0.06), 0.3, 0.3)
    return placed(frames_of(0.3), *parts, (0.035, 0.18 * slide))


def coin(take: Take) -> Sound:
    """A coin falls on a table, bounces ever faster, and spins out."""
    rng = take.rng
    modes = 2850 * take.scale * take.within(0.95, 1.05) * np.array([1.0, 1.71, 2.4, 3.2, 4.1])
    parts: list[tuple[float, Sound]] = []
    at, gap, level = 0.0, take.within(0.2, 0.27), 1.0
    while gap > 0.012 and len(parts) < 60:
        rung = ring(
            knocked(rng, 0.4, 0.0002),
            modes * take.within(0.998, 1.002),
            decay_s(modes, "metal") * 1.6,
            [1, 0.8, 0.9, 0.5, 0.3],
        )
        parts.append((at, np.float32(level) * unit(rung)))
        parts.append((at, np.float32(0.35 * level) * thud(rng, 0.08, 240, 0.01)))
        at += gap * take.within(0.93, 1.07)
        gap *= 0.79
        level *= 0.83
    return placed(frames_of(at + 0.5), *parts)


def game_coin(take: Take) -> Sound:
    """The coin of an arcade game: B5, then E6 of a square wave that fades."""
    frames = frames_of(0.75)
    hz = np.where(time(frames) < 0.075, 987.8, 1318.5) * take.pitch
    wave = tone(hz, harmonics=tuple(1 / k if k % 2 else 0.0 for k in range(1, 16)))
    return (
        wave
        * np.where(time(frames) < 0.075, 1.0, np.exp(-(time(frames) - 0.075) / 0.2)).astype(np.float32)
        * hump(frames, 0.004, 0.05)
    )


def swipe(take: Take) -> Sound:
    """A page or a finger: a short whoosh."""
    frames = frames_of(take.within(0.22, 0.32) / take.speed)
    return moving(noise(take.rng, frames), path(frames, (0, 900), (0.5, 4200), (1, 1800)) * take.scale, 0.9) * (
        hump(frames, 0.45, 0.5) ** 2
    )


def paper(take: Take) -> Sound:
    """A sheet that is turned and crumples: clusters of tiny folds that snap."""
    rng = take.rng
    frames = frames_of(take.within(0.7, 1.3) / take.speed)
    move = np.clip(drift(rng, frames, 5, 2), 0, 1.5) * hump(frames, 0.2, 0.3)
    first = rng.integers(0, frames, int(900 * frames / RATE_HZ))
    folds = np.zeros(frames, np.float32)
    np.add.at(folds, first, (rng.exponential(1.0, first.size) ** 1.5 * move[first]).astype(np.float32))
    snap = ring(folds, [1700 * take.scale, 3300, 5200, 8100], 0.0008)
    return low(unit(snap) + 0.3 * high(noise(rng, frames), 2500, 1) * move, 8500, 1)


def tear(take: Take) -> Sound:
    """Paper or cloth is torn: fibres break one by one, faster as the hand gets faster."""
    rng = take.rng
    frames = frames_of(take.within(0.6, 1.0) / take.speed)
    rate = path(frames, (0, 150), (0.4, 700), (1, 1500)) * take.scale
    turns = np.floor(summed(rate * (1 + 0.5 * drift(rng, frames, 150, 1))) / RATE_HZ)
    snaps = np.zeros(frames, np.float32)
    at = np.flatnonzero(np.diff(turns) > 0)
    snaps[at] = rng.exponential(1.0, at.size)
    return unit(
        mixed(ring(snaps, [900, 2100, 3700, 6200], 0.0012), 0.15 * band(noise(rng, frames), 1500, 9000))
    ) * hump(frames, 0.05, 0.08)


def zipper(take: Take) -> Sound:
    """Teeth in fast order, faster in the middle."""
    rng = take.rng
    frames = frames_of(take.within(0.5, 0.9) / take.speed)
    rate = 90 + 190 * hump(frames, 0.4, 0.3)
    turns = np.floor(summed(rate) / RATE_HZ)
    teeth = np.zeros(frames, np.float32)
    at = np.flatnonzero(np.diff(turns) > 0)
    teeth[at] = 0.6 + 0.8 * rng.random(at.size)
    slide = moving(noise(rng, frames), path(frames, (0, 2200), (0.6, 4800), (1, 3500)), 1.5)
    return unit(ring(teeth, np.array([1700, 2900, 4600, 6900]) * take.scale, 0.0016)) * hump(
        frames, 0.05, 0.05
    ) + 0.15 * slide * hump(frames, 0.1, 0.1)


def switch(take: Take) -> Sound:
    """A light switch: a spring snaps over."""
    rng = take.rng
    snap = struck(rng, 0.15, 900 * take.scale, "plastic", contact_s=0.0005, count=24, tilt=0.2)
    plate = thud(rng, 0.1, 210 * take.scale, 0.012)
    early = struck(rng, 0.08, 1700 * take.scale, "plastic", contact_s=0.0004, count=12)
    return placed(frames_of(0.25), (0.0, 0.25 * unit(early)), (0.03, unit(snap)), (0.03, 0.5 * plate))
