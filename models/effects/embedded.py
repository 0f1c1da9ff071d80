"""Sound effects without weights: a prompt is read word by word, and every sound in it is synthesised."""

import math

import numpy as np

from models.base import Audio, Effect, Report, Samples, part_of
from models.dsp.limiter import TruePeakLimiter
from models.dsp.loudness import integrated_lufs
from models.effects.catalogue import ONCE, TEXTURE
from models.effects.kernels import RATE_HZ
from models.effects.placing import starts, windows
from models.effects.prompt import Wish, understood
from models.effects.scene import LONGEST_EVENT_S, POOL, event, made
from models.effects.signals import faded

LEAST_S, MOST_S = 1.0, 120.0
MOST_CHARS = 300
CEILING_DBTP = -1.0
LOUDEST_LUFS, QUIETEST_LUFS = -14.0, -27.0
LOUD_PEAK = 10 ** (-6 / 20)  # what is not loud on average is raised until its peaks are here
MADE = 0.92  # share of the progress
BLOCK = 65_536


class EmbeddedEffects:
    """`EffectMaker` at 44.1 kHz, stereo. Needs no file; every sound is a recipe in models/effects/recipes."""

    def make(self, prompt: str, *, duration_s: float, seed: int, report: Report) -> Effect:
        """As the Protocol says. Raises ValueError, with a text for the caller, for an empty or too long prompt, a
        length that is not from 1 to 120 s and a negative seed.
        """
        _check(prompt, duration_s, seed)
        wanted = understood(prompt)
        frames = round(duration_s * RATE_HZ)
        out = np.zeros((2, frames), np.float32)
        rngs = [np.random.default_rng([seed, index]) for index in range(len(wanted.wishes))]
        report(0.0)
        first = [_first(wish, duration_s, rng) for wish, rng in zip(wanted.wishes, rngs, strict=True)]
        lengths = [sound.shape[1] / RATE_HZ if sound is not None else 0.0 for sound in first]
        steps = windows(wanted.wishes, lengths, duration_s)
        for index, (wish, rng, one) in enumerate(zip(wanted.wishes, rngs, first, strict=True)):
            share = MADE / len(wanted.wishes)
            told = part_of(report, index * share, (index + 1) * share)
            window = steps[int(wish.step)]
            at_s = [] if one is None else starts(wish, lengths[index], window, rng)
            pool = [] if one is None else _pool(wish, one, len(at_s), duration_s, rng)
            out += made(wish, pool, at_s, window, duration_s, rng, told)
            told(1.0)
        finished = _finished(out, report)
        report(1.0)
        heard = tuple(dict.fromkeys(wish.sound.label for wish in wanted.wishes))
        return Effect(Audio(finished, RATE_HZ), heard, wanted.unknown)


def _check(prompt: str, duration_s: float, seed: int) -> None:
    if not prompt.strip():
        raise ValueError("The prompt is empty: say what to hear")
    if len(prompt) > MOST_CHARS:
        message = f"The prompt may have at most {MOST_CHARS} characters, this one has {len(prompt)}"
        raise ValueError(message)
    if not (math.isfinite(duration_s) and LEAST_S <= duration_s <= MOST_S):
        message = f"A sound effect is {LEAST_S:.0f} to {MOST_S:.0f} seconds long"
        raise ValueError(message)
    if seed < 0:
        raise ValueError("The seed may not be negative")


def _first(wish: Wish, duration_s: float, rng: np.random.Generator) -> Samples | None:
    """The first event of a wish, whose length tells how much time it wants; None for a texture."""
    return None if wish.sound.kind == TEXTURE else event(wish, min(duration_s, LONGEST_EVENT_S), rng)


def _pool(wish: Wish, one: Samples, count: int, duration_s: float, rng: np.random.Generator) -> list[Samples]:
    """Recordings of the event, each a little different."""
    most = 4 if wish.sound.kind == ONCE else POOL
    more = min(count, most) - 1
    return [one, *(event(wish, min(duration_s, LONGEST_EVENT_S), rng) for _ in range(more))]


def _finished(sound: Samples, report: Report) -> Samples:
    """Neither too loud nor too quiet, no true peak above the ceiling, ends without clicks."""
    loudness = integrated_lufs(Audio(sound, RATE_HZ))
    peak = float(np.abs(sound).max(initial=0.0))
    gain_db = 0.0
    if loudness > LOUDEST_LUFS:
        gain_db = LOUDEST_LUFS - loudness
    elif loudness < QUIETEST_LUFS and 0 < peak < LOUD_PEAK:
        gain_db = min(QUIETEST_LUFS - loudness if math.isfinite(loudness) else 60.0, 20 * math.log10(LOUD_PEAK / peak))
    faded(sound, 0.004, 0.02)
    sound *= np.float32(10 ** (gain_db / 20))
    report(0.5 * (1 + MADE))
    limiter = TruePeakLimiter(RATE_HZ, 2, ceiling_dbtp=CEILING_DBTP)
    return _limited(limiter, sound)


def _limited(limiter: TruePeakLimiter, sound: Samples) -> Samples:
    return np.concatenate(
        list(limiter.process(sound[:, at : at + BLOCK] for at in range(0, sound.shape[1], BLOCK))), axis=1
    )
