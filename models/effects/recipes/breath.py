"""Breath, hearts, and what bodies do by themselves."""

import numpy as np

from models.effects.filters import band, moving
from models.effects.kernels import RATE_HZ
from models.effects.recipes.throats import glottis, voiced
from models.effects.signals import (
    Sound,
    drift,
    falling,
    frames_of,
    hump,
    noise,
    path,
    placed,
    turning,
    unit,
)  # fmt: skip
from models.effects.take import Take


def heartbeat(take: Take) -> Sound:
    """Lub-dub: the valves shut twice, 0.3 s apart, dull thuds below 120 Hz with a trace of flow."""
    rng = take.rng
    parts = []
    pace = max(take.speed, 0.4)
    for at_s, level, hz, tau in ((0.0, 1.0, 46.0, 0.055), (0.3 / pace**0.5, 0.65, 58.0, 0.04)):
        frames = frames_of(0.4)
        body = np.sin(turning(hz * take.scale * path(frames, (0, 1.35), (0.2, 1), (1, 0.85)))) * falling(
            frames, tau, 0.012
        )
        flesh = band(noise(rng, frames), 40, 170) * falling(frames, tau, 0.01) * 1.1
        click = band(noise(rng, frames), 150, 420) * falling(frames, 0.02, 0.006) * 0.4
        parts.append((at_s, np.float32(level) * (body + flesh + click).astype(np.float32)))
    return placed(frames_of(0.3 / pace**0.5 + 0.42), *parts)


def breathing(take: Take) -> Sound:
    """One breath: in through the nose, brighter; out through the mouth, longer and darker."""
    rng = take.rng
    pace = max(take.speed, 0.3)
    inward, out = frames_of(1.25 / pace), frames_of(1.5 / pace)
    nose = noise(rng, inward)
    inhale = moving(nose, path(inward, (0, 1300), (0.7, 2300), (1, 1900)), 1.3) + 0.35 * moving(nose, 4600, 2.0)
    mouth = noise(rng, out)
    exhale = moving(mouth, path(out, (0, 1150), (1, 620)), 1.1) + 0.25 * moving(mouth, 2300, 2.0)
    return placed(
        frames_of(2.95 / pace), (0.0, 0.75 * unit(inhale) * hump(inward, 0.5, 0.25)),
        (1.4 / pace, unit(exhale) * hump(out, 0.18, 0.65)),
    )  # fmt: skip


def snore(take: Take) -> Sound:
    """In: the soft palate flaps some thirty times a second. Out: a soft blow."""
    rng = take.rng
    inward, out = frames_of(take.within(1.2, 1.5)), frames_of(1.3)
    flap = (
        take.within(42, 62)
        * take.scale
        * path(inward, (0, 0.8), (0.5, 1.1), (1, 0.95))
        * (1 + 0.06 * drift(rng, inward, 12, 2))
    )
    source = glottis(rng, flap.astype(np.float32), breath=0.5, open_share=0.4, rough=0.06, sub=0.2)
    voice = voiced(source, [(280, 90, 1.0), (720, 140, 0.8), (1350, 220, 0.5), (2600, 500, 0.25)])
    blow = moving(noise(rng, out), path(out, (0, 900), (1, 500)), 1.0)
    return placed(
        frames_of(3.3),
        (0.0, unit(voice) * hump(inward, 0.35, 0.2)),
        (inward / RATE_HZ + 0.3, 0.16 * unit(blow) * hump(out, 0.15, 0.7)),
    )


def cough(take: Take) -> Sound:
    """The glottis bursts open, the air rushes, the voice closes it."""
    rng = take.rng
    frames = frames_of(take.within(0.3, 0.4))
    burst = noise(rng, frames) * (falling(frames, 0.03, 0.002) + 0.35 * hump(frames, 0.1, 0.7))
    throat = voiced(burst, [(650, 160, 1.0), (1300, 220, 0.9), (2500, 380, 0.6), (3700, 600, 0.35)])
    hz = take.within(130, 190) * take.scale * path(frames, (0, 1.2), (1, 0.7))
    end = voiced(
        glottis(rng, hz.astype(np.float32), breath=0.4, rough=0.06, sub=0.2), [(600, 130, 1.0), (1150, 180, 0.6)]
    )
    second = unit(throat) + 0.5 * unit(end) * path(frames, (0, 0), (0.4, 0), (0.65, 1), (1, 0))
    return placed(frames_of(0.85), (0.0, second), (take.within(0.36, 0.44), 0.65 * second))


def sneeze(take: Take) -> Sound:
    """Ah – a breath in; choo – a blast of the tongue and lips."""
    rng = take.rng
    inward, blast = frames_of(0.45), frames_of(0.5)
    hz = take.within(190, 260) * take.pitch
    ah = voiced(glottis(rng, path(inward, (0, hz), (1, 1.25 * hz)), breath=0.9), [(760, 120, 1.0), (1250, 160, 0.6)])
    air = noise(rng, blast) * falling(blast, 0.12, 0.003)
    choo = voiced(air, [(900, 300, 0.5), (2600, 700, 1.0), (5200, 1800, 0.8)], through=0.25)
    voice = voiced(
        glottis(rng, path(blast, (0, 1.5 * hz), (1, 0.7 * hz)), breath=0.4), [(320, 80, 1.0), (880, 130, 0.5)]
    )
    return placed(
        frames_of(1.1), (0.0, 0.25 * unit(ah) * hump(inward, 0.6, 0.15)), (0.46, unit(choo)),
        (0.52, 0.35 * unit(voice) * hump(blast, 0.1, 0.6)),
    )  # fmt: skip


def kiss(take: Take) -> Sound:
    """Lips that part: a short suction, then a smack."""
    rng = take.rng
    suck = frames_of(0.12)
    air = moving(noise(rng, suck), path(suck, (0, 1800), (1, 3400)), 3.0) * hump(suck, 0.8, 0.1)
    smack = moving(noise(rng, frames_of(0.05)) * falling(frames_of(0.05), 0.004, 0.0003), 1700 * take.scale, 2.5)
    return placed(frames_of(0.25), (0.0, 0.2 * unit(air)), (0.115, unit(smack)))


def sigh(take: Take) -> Sound:
    """A long breath out with a little voice in it."""
    rng = take.rng
    frames = frames_of(1.4)
    air = moving(noise(rng, frames), path(frames, (0, 1300), (1, 600)), 1.2)
    hz = path(frames, (0, 240), (1, 165)) * take.pitch
    voice = voiced(glottis(rng, hz, breath=0.6, open_share=0.8), [(640, 120, 1.0), (1190, 150, 0.4)])
    return unit((unit(air) + 0.45 * unit(voice) * path(frames, (0, 1), (0.6, 0.4), (1, 0))) * hump(frames, 0.12, 0.7))
