"""A score, and perhaps a voice, become a finished song."""

from dataclasses import replace

import numpy as np

from models.base import Audio, Report, Samples, part_of
from models.music.production.desk import style_of
from models.music.production.finishing import mastered
from models.music.production.mixing import mixed
from models.music.production.playing import RATE_HZ
from models.music.production.voice_chain import one_channel
from models.music.score import Score
from models.synth.soundfont import SoundfontSynth

RING_OUT_S, FADE_S = 3.0, 1.5
LONGEST_S = 900.0
MIXED = 0.75  # share of the progress


def produce(score: Score, vocal: Samples | None, *, vocal_only: bool = False, seed: int, report: Report) -> Audio:
    """The song at 44.1 kHz, stereo, at -14 LUFS, as long as its score and a ring-out of 3 s.

    `vocal`: dry singing of shape (1, frames) or (frames,) at 44.1 kHz that begins with the score. vocal_only: nobody
    plays. Raises ValueError for a score beyond 15 minutes.
    """
    if score.duration_s > LONGEST_S:
        message = f"The song would be {score.duration_s:.0f} s long; the longest is {LONGEST_S:.0f} s"
        raise ValueError(message)
    score = replace(score, tracks=()) if vocal_only else score
    frames = round((score.duration_s + RING_OUT_S) * RATE_HZ)
    voice = one_channel(vocal) if vocal is not None and vocal.any() else None
    mix = mixed(score, voice, frames, SoundfontSynth(), seed, part_of(report, 0.0, MIXED))
    _fade(mix)
    mastered(Audio(mix, RATE_HZ), style_of(score.genre), part_of(report, MIXED, 1.0))
    _fade(mix)
    return Audio(mix, RATE_HZ)


def _fade(mix: Samples) -> None:
    """The ring-out to silence."""
    fade = round(FADE_S * RATE_HZ)
    mix[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)).astype(np.float32)
