# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Things that meet, break and blow up."""

import numpy as np

from models.effects.bodies import decay_s, knocked, struck, thud
from models.effects.filters import band, high, low, moving, ring
from models.effects.signals import (
    Sound,
    chirps,
    falling,
    frames_of,
    heavy_tailed,
    hump,
    mixed,
    noise,
    path,
    placed,
    poisson,
    tone,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def hit(take: Take) -> Sound:
    """A blow on wood, metal, stone, glass or plastic."""
    material = (
        take.material if take.material in {"wood", "metal", "stone", "glass", "plastic", "ceramic", "tin"} else "wood"
    )
    lowest = {"metal": 330.0, "glass": 1100.0, "stone": 520.0, "ceramic": 900.0}.get(material, 210.0)
    body = struck(
        take.rng, 3.0 if material == "metal" else 1.2, lowest * take.scale * take.within(0.95, 1.05), material,
        contact_s=take.grown(0.0009, 0.7), count=32, tilt=0.35,
    )  # fmt: skip
    return mixed(unit(body), 0.5 * thud(take.rng, 0.3, 95 * take.scale, 0.04))


def shatter(take: Take) -> Sound:
    """A pane breaks: the blow, a burst of cracks, and shards that ring where they fall, fewer and fewer."""
    rng = take.rng
    frames = frames_of(2.6)
    crack = high(noise(rng, frames), 1200, 1) * falling(frames, 0.03, 0.0005)
    pane = struck(rng, 1.0, 420 * take.scale, "glass", contact_s=0.0004, count=40, tilt=0.1)
    density = path(frames, (0, 1), (0.06, 0.8), (0.2, 0.35), (0.4, 0.15), (0.8, 0.02), (1, 0))
    first = poisson(rng, frames, take.grown(230, 1.5), density)
    size = np.exp(rng.normal(0, 0.45, first.size))
    hz = np.clip(4300 * take.scale / size, 1400, 15_000)
    loud = heavy_tailed(rng, first.size, 6) * (0.25 + density[first]) * size**0.5
    out = np.zeros((2, frames), np.float32)
    for ratio, level in ((1.0, 1.0), (1.83, 0.7), (2.71, 0.45)):
        out += chirps(
            rng,
            frames,
            first,
            hz * ratio * rng.uniform(0.97, 1.03, first.size),
            decay_s(hz * ratio, "glass") * 2.2,
            level * loud,
            attack_s=0.0002,
        )
    return mixed(0.8 * unit(out), np.stack([0.9 * unit(crack)] * 2), 0.5 * unit(pane))


def punch(take: Take) -> Sound:
    """As films have it: a short whoosh of the arm, the smack, the body."""
    rng = take.rng
    smack = band(noise(rng, frames_of(0.14)), 500, 4200) * falling(frames_of(0.14), 0.014, 0.0006)
    body = thud(rng, 0.4, 78 * take.scale, 0.055)
    cloth = low(noise(rng, frames_of(0.2)), 900) * falling(frames_of(0.2), 0.03, 0.002)
    arm = moving(noise(rng, frames_of(0.1)), path(frames_of(0.1), (0, 500), (1, 1500)), 1.2) * hump(
        frames_of(0.1), 0.85, 0.1
    )
    return placed(
        frames_of(0.6), (0.0, 0.12 * arm), (0.09, 1.2 * unit(smack)), (0.09, 0.9 * body), (0.09, 0.35 * unit(cloth))
    )


def slap(take: Take) -> Sound:
    """A hand on skin: air that is caught under it cracks."""
    frames = frames_of(0.25)
    crack = band(noise(take.rng, frames), 750 * take.scale, 4800) * falling(frames, 0.009, 0.0003)
    return unit(crack) + 0.35 * falling(frames, 0.02) * np.sin(turning(230 * take.scale, frames)).astype(np.float32)


def fall(take: Take) -> Sound:
    """Something heavy drops: a dull blow, and a smaller one when it tips over."""
    rng = take.rng
    parts = []
    for at_s, level in ((0.0, 1.0), (take.within(0.16, 0.24), 0.35)):
        box = struck(rng, 0.4, 75 * take.scale, "cardboard", contact_s=0.004, count=26, tilt=0.7)
        parts += [
            (at_s, np.float32(level) * thud(rng, 0.5, 55 * take.scale, 0.08)),
            (at_s, np.float32(0.5 * level) * unit(box)),
        ]
        dust = low(noise(rng, frames_of(0.15)), 1800) * falling(frames_of(0.15), 0.02)
        parts.append((at_s, np.float32(0.16 * level) * dust))
    return placed(frames_of(0.8), *parts)


def bowling(take: Take) -> Sound:
    """The ball rolls down the lane and into ten wooden pins."""
    rng = take.rng
    roll_s = take.within(1.5, 2.0) / take.speed
    rolling = frames_of(roll_s)
    turns = np.abs(np.sin(turning(path(rolling, (0, 4.0), (1, 3.2))))) ** 8
    roll = (
        band(noise(rng, rolling), 70, 480) * path(rolling, (0, 0.25), (1, 1)) * (0.7 + 0.6 * turns.astype(np.float32))
    )
    parts = [(0.0, 0.4 * unit(roll)), (0.0, 0.5 * thud(rng, 0.4, 62, 0.06))]
    for index in range(26):
        at = roll_s + (0.0 if index == 0 else float(rng.exponential(0.16)))
        pin = struck(rng, 0.35, take.within(520, 800) * take.scale, "wood", contact_s=0.0006, count=14, tilt=0.3)
        parts.append(
            (
                at,
                np.float32(np.exp(-(at - roll_s) / 0.5) * take.within(0.35, 0.9))
                * unit(pin)
                * falling(pin.size, 0.05, 0.0),
            )
        )
    parts.append((roll_s, 0.8 * thud(rng, 0.5, 85, 0.07)))
    return placed(frames_of(roll_s + 1.5), *parts)


def bounce(take: Take) -> Sound:
    """A ball that bounces: the gaps shrink by its elasticity, and so does the level."""
    rng = take.rng
    parts: list[tuple[float, Sound]] = []
    at, gap, level = 0.0, take.within(0.5, 0.62) * 2 ** (0.3 * take.size) / take.speed, 1.0
    small = take.size < -0.3  # table tennis
    while gap > 0.03 and len(parts) < 80:
        tone_hz = (1900 if small else 95) * take.within(0.98, 1.02) * take.pitch
        skin = struck(rng, 0.25, tone_hz, "plastic", contact_s=0.0005 if small else 0.004, count=10, tilt=0.8)
        parts.append((at, np.float32(level) * unit(skin)))
        if not small:
            hollow = ring(knocked(rng, 0.2, 0.002), [410, 820], 0.02)
            parts.append((at, np.float32(0.25 * level) * unit(hollow)))
        at += gap
        gap *= 0.83
        level *= 0.8
    return placed(frames_of(at + 0.3), *parts)


def sword(take: Take) -> Sound:
    """Blades clash: bright plates that ring, and a scrape."""
    rng = take.rng
    parts = []
    for _ in range(2):
        blade = struck(rng, 2.0, take.within(900, 1500) * take.scale, "metal", contact_s=0.0002, count=26, tilt=-0.05)
        parts.append((take.within(0, 0.008), unit(blade) * falling(blade.size, 0.35, 0.0)))
    frames = frames_of(0.35)
    scrape = ring(noise(rng, frames) * hump(frames, 0.2, 0.6), [2700, 4100, 6300, 8800], 0.02)
    return placed(frames_of(2.0), *parts, (0.02, 0.3 * unit(scrape)))


def whip(take: Take) -> Sound:
    """The tip passes the speed of sound: a rising hiss, then a crack."""
    rng = take.rng
    frames = frames_of(0.28)
    swish = moving(noise(rng, frames), path(frames, (0, 400), (1, 5200)), 1.8) * hump(frames, 0.9, 0.08) ** 2
    crack = high(noise(rng, frames_of(0.35)), 1300, 1) * falling(frames_of(0.35), 0.006, 0.0001)
    return placed(frames_of(0.7), (0.0, 0.3 * unit(swish)), (0.27, unit(crack)), (0.33, 0.12 * low(crack, 2500)))


def arrow(take: Take) -> Sound:
    """A bow is loosed: the string twangs, the arrow hisses away and hits wood."""
    rng = take.rng
    string = tone(
        path(frames_of(0.4), (0, 165), (0.2, 128), (1, 122)) * take.scale, harmonics=(1, 0.7, 0.5, 0.3, 0.2)
    ) * falling(frames_of(0.4), 0.07)
    flight = moving(noise(rng, frames_of(0.5)), path(frames_of(0.5), (0, 3600), (1, 1500)), 1.5) * hump(
        frames_of(0.5), 0.1, 0.7
    )
    target = mixed(unit(struck(rng, 0.4, 190, "wood", contact_s=0.0012)), 0.5 * thud(rng, 0.2, 110, 0.02))
    return placed(frames_of(1.2), (0.0, 0.6 * string), (0.02, 0.3 * unit(flight)), (0.5, 0.9 * target))
