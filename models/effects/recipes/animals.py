"""Four-legged animals, frogs, whales."""

import numpy as np

from models.effects.filters import band, high, low, moving, piped
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    noise,
    path,
    poisson,
    steady,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def bark(take: Take) -> Sound:
    """A bark: harsh, 0.15 to 0.25 s, the pitch jumps up and falls, the mouth opens and shuts."""
    rng = take.rng
    frames = frames_of(take.within(0.17, 0.25) * 2 ** (0.3 * take.size))
    f0 = take.within(400, 480) * take.scale
    hz = f0 * path(frames, (0, 0.62), (0.15, 1.0), (0.45, 0.95), (1, 0.52))
    source = glottis(rng, hz, breath=0.35, open_share=0.55, rough=0.07, sub=0.25)
    mouth = path(frames, (0, 0.55), (0.25, 1.0), (0.6, 0.95), (1, 0.55))
    scale = take.scale
    voice = voiced(
        source,
        [
            (780 * scale * mouth, 160, 1.0),
            (1420 * scale * mouth, 220, 0.75),
            (2600 * scale, 380, 0.35),
            (3900 * scale, 600, 0.15),
        ],
    )
    voice = np.tanh(2.2 * unit(voice)) * hump(frames, 0.08, 0.55)
    puff = band(noise(rng, frames), 300, 2400) * hump(frames, 0.05, 0.8) ** 2 * 0.12
    return unit(voice + puff)


def growl(take: Take) -> Sound:
    """A low threat: pulses of 40 to 60 Hz through a closed mouth."""
    rng = take.rng
    frames = frames_of(take.within(1.4, 2.4))
    hz = take.within(62, 82) * take.scale * path(frames, (0, 0.9), (0.4, 1.1), (1, 0.85))
    source = glottis(rng, hz, breath=0.5, open_share=0.4, rough=0.12, sub=0.45)
    voice = voiced(source, [(390 * take.scale, 110, 1.0), (980 * take.scale, 200, 0.6), (2100 * take.scale, 400, 0.25)])
    return unit(voice * (1 + 0.4 * drift(rng, frames, 9, 2)) * hump(frames, 0.2, 0.3))


def meow(take: Take) -> Sound:
    """Mi-a-ow: the mouth opens and closes, so F1 and F2 travel; the pitch arches."""
    rng = take.rng
    frames = frames_of(take.within(0.65, 1.0))
    f0 = take.within(500, 640) * take.scale
    hz = f0 * path(frames, (0, 0.85), (0.25, 1.12), (0.6, 1.05), (1, 0.72)) * (1 + 0.01 * drift(rng, frames, 9, 2))
    source = glottis(rng, hz, breath=0.1, open_share=0.6, rough=0.012)
    one = path(frames, (0, 650), (0.35, 1350), (0.65, 1250), (1, 750)) * take.scale
    two = path(frames, (0, 3100), (0.35, 2500), (0.7, 2050), (1, 1500)) * take.scale
    voice = voiced(
        source, [(one, 190, 1.0), (two, 260, 0.75), (4300 * take.scale, 450, 0.35), (6400, 800, 0.12)], through=0.03
    )
    return unit(voice * hump(frames, 0.16, 0.35))


def purr(take: Take) -> Sound:
    """The glottis opens some 26 times a second, breathing in and out in turn (Remmers and Gautier 1972)."""
    rng, frames = take.rng, take.frames
    breath = np.arange(frames) / 44_100 / (1.15 / take.speed) * (1 + 0.02 * drift(rng, frames, 0.3, 1))
    out_in = (breath % 2 < 1).astype(np.float32)
    level = np.abs(np.sin(np.pi * breath)) ** 0.5 * (0.65 + 0.35 * out_in)
    rate = (24.5 + 2.0 * out_in + 0.5 * drift(rng, frames, 3, 1)) * take.scale
    phase = (turning(rate) / (2 * np.pi) % 1).astype(np.float32)
    pulse = np.exp(-9 * phase) * (1 + 0.25 * noise(rng, frames))
    body = moving(pulse, 150, 1.6) + 0.55 * moving(pulse, 330, 2.0) + 0.2 * moving(pulse, 800, 2.0)
    air = band(noise(rng, frames), 500, 3000) * (0.4 + pulse) * 0.06
    return np.asarray((steady(body) + air) * level, np.float32)


def cow(take: Take) -> Sound:
    """Moo: a long low voice that begins through the nose and opens."""
    rng = take.rng
    frames = frames_of(take.within(1.5, 2.2))
    hz = take.within(105, 130) * take.scale * path(frames, (0, 0.82), (0.3, 1.05), (0.75, 1.1), (1, 0.8))
    source = glottis(rng, hz, breath=0.06, open_share=0.55, rough=0.012)
    opened = path(frames, (0, 0.5), (0.3, 0.75), (0.6, 1.0), (1, 0.7))
    voice = voiced(
        source, [(260, 70, 1.0), (620 * opened, 110, 0.9), (1150 * opened, 200, 0.4), (2300, 350, 0.12)], through=0.03
    )
    return unit(voice * hump(frames, 0.18, 0.22))


def sheep(take: Take) -> Sound:
    """Baa: a nasal voice that trembles seven times a second."""
    rng = take.rng
    frames = frames_of(take.within(0.8, 1.25))
    tremble = np.sin(turning(take.within(7, 9.5), frames)).astype(np.float32)
    hz = take.within(205, 260) * take.scale * path(frames, (0, 0.9), (0.2, 1.05), (1, 0.88)) * (1 + 0.05 * tremble)
    source = glottis(rng, hz, breath=0.16, open_share=0.5, rough=0.03, sub=0.15)
    voice = voiced(source, [(720, 120, 1.0), (1500, 170, 0.75), (2600, 260, 0.5), (3700, 400, 0.3)])
    return unit(voice * (1 + 0.55 * tremble) * hump(frames, 0.1, 0.25))


def pig(take: Take) -> Sound:
    """Oink: a snort on the breath in, rough and nasal."""
    rng = take.rng
    frames = frames_of(take.within(0.22, 0.4))
    hz = take.within(105, 165) * take.scale * path(frames, (0, 0.8), (0.5, 1.2), (1, 0.9))
    source = glottis(rng, hz, breath=0.9, open_share=0.4, rough=0.15, sub=0.4)
    voice = voiced(source, [(520, 140, 1.0), (1250, 220, 0.8), (2300, 350, 0.45), (3600, 600, 0.25)])
    return unit(np.tanh(2 * unit(voice)) * hump(frames, 0.15, 0.35))


def frog(take: Take) -> Sound:
    """Croak: pulses of a sac, some forty a second, each ringing at one or two resonances."""
    rng = take.rng
    frames = frames_of(take.within(0.35, 0.6))
    rate = take.within(32, 48) * path(frames, (0, 0.8), (0.5, 1.1), (1, 0.95))
    phase = (turning(rate) / (2 * np.pi) % 1).astype(np.float32)
    pulse = np.exp(-10 * phase) * (1 + 0.15 * noise(rng, frames))
    centre = take.within(620, 760) * take.scale
    voice = (
        moving(pulse, centre, 7.0) + 0.8 * moving(pulse, 2.4 * centre, 9.0) + 0.25 * moving(pulse, 4.1 * centre, 8.0)
    )
    return unit(high(voice, 280) * hump(frames, 0.25, 0.25))


def hiss(take: Take) -> Sound:
    """A snake: breath through a narrow glottis."""
    frames = frames_of(take.within(0.9, 1.6))
    air = noise(take.rng, frames)
    return unit(
        (band(air, 3200, 11_000) + 0.4 * moving(air, 5200, 2.0))
        * hump(frames, 0.15, 0.5)
        * (1 + 0.15 * drift(take.rng, frames, 14, 2))
    )


def rattle(take: Take) -> Sound:
    """A rattlesnake: loose rings of horn that knock some sixty times a second."""
    rng, frames = take.rng, take.frames
    phase = (turning(58 * take.speed * (1 + 0.05 * drift(rng, frames, 2, 2))) / (2 * np.pi) % 1).astype(np.float32)
    air = band(noise(rng, frames), 4500, 12_500) * np.exp(-4 * phase)
    return np.asarray(steady(air) * np.clip(0.8 + 0.3 * drift(rng, frames, 0.6, 2), 0.15, 1.3), np.float32)


def chew(take: Take) -> Sound:
    """Something crisp is eaten: clusters of fractures, muffled by the cheek."""
    rng = take.rng
    frames = frames_of(take.within(0.22, 0.32))
    density = hump(frames, 0.2, 0.6)
    force = np.zeros(frames, np.float32)
    first = poisson(rng, frames, 420, density)
    np.add.at(force, first, (rng.exponential(1, first.size) ** 1.7).astype(np.float32))
    crisp = band(piped(force, 0.0006, 0.3, 0.3), 700, 6500)
    jaw = low(noise(rng, frames), 400) * falling(frames, 0.05, 0.01)
    return unit(unit(crisp) + 0.35 * unit(jaw))
