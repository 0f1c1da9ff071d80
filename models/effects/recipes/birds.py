# ruff: noqa: PLR2004 - recipes are measures in the form of code
"""Birds: the syrinx as a source that is almost a sine, whose pitch is the song (Nowicki 1987; Elemans 2014)."""

import numpy as np

from models.effects.filters import band, moving
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import Sound, drift, frames_of, hump, noise, path, placed, tone, turning, unit
from models.effects.take import Take


def _note(
    take: Take,
    seconds: float,
    *points: tuple[float, float],
    wobble: tuple[float, float] = (0.0, 0.0),
    second: float = 0.08,
) -> Sound:
    """A whistled note along a path of (share, Hz); wobble: rate in Hz and depth."""
    frames = frames_of(seconds)
    hz = path(frames, *points) * take.scale
    if wobble[1]:
        hz = hz * (1 + wobble[1] * np.sin(turning(wobble[0], frames)))
    return tone(hz, harmonics=(1, second, 0.02)) * hump(frames, 0.22, 0.35)


def song(take: Take) -> Sound:
    """A phrase of one of four singers: thrush, warbler, tit, finch."""
    return (_thrush, _warbler, _tit, _finch)[int(take.rng.integers(4))](take)


def _thrush(take: Take) -> Sound:
    """Blackbird: a few round, slow whistles, then a twitter."""
    rng = take.rng
    parts, at = [], 0.0
    for _ in range(int(rng.integers(4, 7))):
        seconds = take.within(0.12, 0.32)
        a, b, c = rng.uniform(1700, 2900, 3)
        parts.append((at, _note(take, seconds, (0, a), (0.4, b), (1, c), wobble=(take.within(15, 30), 0.02))))
        at += seconds + take.within(0.02, 0.1)
    for _ in range(int(rng.integers(3, 7))):
        parts.append((at, 0.35 * _note(take, 0.06, (0, take.within(4000, 6500)), (1, take.within(3500, 7000)))))
        at += 0.075
    return placed(frames_of(at + 0.1), *parts)


def _warbler(take: Take) -> Sound:
    """A fast run of one syllable that falls, with a flourish."""
    rng = take.rng
    parts, at = [], 0.0
    high, lowest = take.within(5200, 6800), take.within(3000, 4000)
    count = int(rng.integers(9, 16))
    for index in range(count):
        centre = high + (lowest - high) * index / count
        parts.append(
            (
                at,
                (0.4 + 0.6 * index / count)
                * _note(take, 0.07, (0, 1.2 * centre), (0.5, 0.85 * centre), (1, 1.05 * centre)),
            )
        )
        at += take.within(0.085, 0.1)
    parts.append((at, _note(take, 0.2, (0, lowest), (0.4, 1.5 * lowest), (1, 0.9 * lowest))))
    return placed(frames_of(at + 0.3), *parts)


def _tit(take: Take) -> Sound:
    """Great tit: two notes, a third apart, over and over."""
    upper = take.within(4300, 5200)
    below = upper / take.within(1.2, 1.35)
    parts, at = [], 0.0
    for _ in range(int(take.rng.integers(3, 6))):
        parts += [
            (at, _note(take, 0.13, (0, upper), (1, 0.98 * upper))),
            (at + 0.17, 0.85 * _note(take, 0.17, (0, below), (1, 0.98 * below))),
        ]
        at += 0.41
    return placed(frames_of(at + 0.1), *parts)


def _finch(take: Take) -> Sound:
    """Chirps, each a fast sweep, and a trill."""
    rng = take.rng
    parts, at = [], 0.0
    for _ in range(int(rng.integers(3, 6))):
        top = take.within(4800, 7000)
        parts.append((at, _note(take, 0.08, (0, top), (0.35, 0.55 * top), (1, 0.8 * top))))
        at += take.within(0.14, 0.24)
    parts.append(
        (at, 0.8 * _note(take, take.within(0.4, 0.6), (0, 4600), (1, 3900), wobble=(take.within(26, 36), 0.13)))
    )
    return placed(frames_of(at + 0.7), *parts)


def chirp(take: Take) -> Sound:
    """A sparrow: one chirp."""
    top = take.within(4300, 5600)
    return _note(take, take.within(0.07, 0.11), (0, 0.7 * top), (0.3, top), (1, 0.55 * top), second=0.2)


def crow(take: Take) -> Sound:
    """Caw: a rough voice, hoarse and nasal."""
    rng = take.rng
    frames = frames_of(take.within(0.32, 0.48))
    hz = take.within(400, 500) * take.scale * path(frames, (0, 0.85), (0.2, 1.05), (1, 0.8))
    source = glottis(rng, hz, breath=0.7, open_share=0.4, rough=0.1, sub=0.35)
    voice = voiced(source, [(1150, 200, 0.9), (1750, 260, 1.0), (2900, 500, 0.4), (4600, 900, 0.15)])
    return unit(np.tanh(2 * unit(voice)) * hump(frames, 0.1, 0.3))


def owl(take: Take) -> Sound:
    """A tawny owl: hoo, a pause, hu, and a long hoo that shivers."""
    base = take.within(690, 800) * 0.55
    quiver = (take.within(11, 14), 0.02)
    parts = [
        (0.0, _note(take, 0.75, (0, 0.92 * base), (0.2, base), (0.8, base), (1, 0.9 * base), second=0.12)),
        (1.7, 0.35 * _note(take, 0.14, (0, 0.9 * base), (1, base))),
        (2.1, _note(take, 1.3, (0, 0.95 * base), (0.3, 1.03 * base), (1, 0.9 * base), wobble=quiver, second=0.12)),
    ]
    breath = band(noise(take.rng, frames_of(3.5)), 250, 900) * 0.004
    return placed(frames_of(3.6), *parts, (0.0, breath))


def rooster(take: Take) -> Sound:
    """Cock-a-doodle-doo: two short, one high, one long that falls."""
    rng = take.rng
    parts, at = [], 0.0
    f0 = take.within(560, 640) * take.scale
    for seconds, up, down, gap in (
        (0.2, 0.9, 1.05, 0.05),
        (0.16, 1.1, 1.2, 0.04),
        (0.3, 1.3, 1.5, 0.03),
        (0.95, 1.5, 0.75, 0),
    ):
        frames = frames_of(seconds)
        hz = f0 * path(frames, (0, 0.8 * up), (0.15, up), (0.55, 0.5 * (up + down) * 1.04), (1, down))
        source = glottis(rng, hz, breath=0.18, open_share=0.5, rough=0.03, sub=0.12)
        voice = voiced(source, [(1100, 220, 0.8), (2100, 300, 1.0), (3300, 500, 0.5), (5000, 900, 0.2)])
        parts.append((at, unit(voice * hump(frames, 0.1, 0.3))))
        at += seconds + gap
    return placed(frames_of(at + 0.1), *parts)


def hen(take: Take) -> Sound:
    """Clucks: buk, buk, and now and then a long one that rises."""
    rng = take.rng
    long = rng.random() < 0.2
    frames = frames_of(take.within(0.3, 0.45) if long else take.within(0.07, 0.12))
    hz = take.within(330, 420) * take.scale * path(frames, (0, 0.8), (0.3, 1.1), (1, 1.7 if long else 0.7))
    source = glottis(rng, hz, breath=0.3, open_share=0.5, rough=0.05, sub=0.1)
    return unit(voiced(source, [(950, 180, 1.0), (1800, 260, 0.7), (3000, 500, 0.3)]) * hump(frames, 0.12, 0.4))


def duck(take: Take) -> Sound:
    """Quack: many harmonics of a flat voice through a bill."""
    rng = take.rng
    frames = frames_of(take.within(0.16, 0.26))
    hz = take.within(215, 270) * take.scale * path(frames, (0, 0.95), (0.3, 1.08), (1, 0.85))
    source = glottis(rng, hz, breath=0.25, open_share=0.3, rough=0.05, sub=0.1)
    return unit(
        voiced(source, [(1250, 170, 1.0), (2250, 260, 0.8), (3300, 400, 0.4)], through=0.04) * hump(frames, 0.08, 0.4)
    )


def gull(take: Take) -> Sound:
    """A gull's laugh: a long cry, then shorter and shorter ones, all falling."""
    rng = take.rng
    parts, at = [], 0.0
    f0 = take.within(900, 1150) * take.scale
    for index in range(int(rng.integers(3, 7))):
        frames = frames_of(take.within(0.45, 0.65) if index == 0 else take.within(0.2, 0.3))
        hz = f0 * path(frames, (0, 0.75), (0.2, 1.25), (0.5, 1.15), (1, 0.8)) * (1 + 0.01 * drift(rng, frames, 25, 2))
        source = glottis(rng, hz, breath=0.12, open_share=0.45, rough=0.03, sub=0.15)
        voice = voiced(source, [(1500, 350, 0.9), (2600, 450, 1.0), (4200, 800, 0.4)], through=0.12)
        parts.append((at, unit(voice * hump(frames, 0.12, 0.35))))
        at += frames / 44_100 + take.within(0.06, 0.14)
    return placed(frames_of(at + 0.1), *parts)


def pigeon(take: Take) -> Sound:
    """Coo: low, soft, rolling."""
    parts, at = [], 0.0
    base = take.within(430, 500)
    for seconds, factor in ((0.22, 0.95), (0.65, 1.12), (0.45, 1.0)):
        points = ((0, 0.85 * base * factor), (0.3, base * factor), (1, 0.82 * base * factor))
        parts.append((at, _note(take, seconds, *points, wobble=(take.within(24, 30), 0.035), second=0.25)))
        at += seconds + take.within(0.06, 0.12)
    return placed(frames_of(at + 0.1), *parts)


def hawk(take: Take) -> Sound:
    """The cry of a hawk: a hoarse whistle that falls for a second."""
    rng = take.rng
    frames = frames_of(take.within(0.9, 1.4))
    hz = take.within(3000, 3500) * take.scale * path(frames, (0, 0.75), (0.08, 1.1), (0.3, 1.0), (1, 0.62))
    hz = hz * (1 + 0.012 * drift(rng, frames, 70, 2))
    wave = (
        tone(hz, harmonics=(1, 0.5, 0.15))
        + 0.45 * moving(noise(rng, frames), hz, 8.0)
        + 0.3 * moving(noise(rng, frames), 2 * hz, 8.0)
    )
    return unit(wave.astype(np.float32) * hump(frames, 0.06, 0.5))


def cuckoo(take: Take) -> Sound:
    """Cuck-oo: a falling third."""
    base = take.within(640, 690)
    first = _note(take, 0.16, (0, 0.98 * base), (0.4, base), (1, 0.98 * base), second=0.12)
    then = _note(take, 0.26, (0, base / 1.23), (1, base / 1.25), second=0.12)
    return placed(frames_of(0.75), (0.0, first), (0.36, 0.9 * then))


def woodpecker(take: Take) -> Sound:
    """Drums on a dead branch, some eighteen blows a second, the last ones faster and weaker."""
    from models.effects.bodies import struck

    rng = take.rng
    parts, at, gap = [], 0.0, 0.058 / take.speed
    tree = take.within(640, 900) * take.scale
    count = int(rng.integers(11, 18))
    for index in range(count):
        hit = unit(struck(rng, 0.15, tree, "wood", contact_s=0.0006, count=16, tilt=0.35))
        parts.append((at, np.float32(1 - 0.5 * index / count) * hit))
        at += gap * take.within(0.97, 1.03)
        gap *= 0.985
    return placed(frames_of(at + 0.2), *parts)


def wings(take: Take) -> Sound:
    """A bird takes off: feathers beat the air, fast, then further away."""
    rng = take.rng
    frames = frames_of(1.3)
    beats = np.clip(np.sin(turning(path(frames, (0, 13), (1, 9)) * take.speed)), 0, 1).astype(np.float32) ** 1.5
    air = band(noise(rng, frames), 250, 2800) + 0.4 * band(noise(rng, frames), 2500, 7000)
    return unit(air * beats * path(frames, (0, 0.6), (0.15, 1), (1, 0.05)))
