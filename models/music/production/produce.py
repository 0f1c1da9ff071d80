"""A score, and perhaps a voice, become a finished song."""

import numpy as np

from models.base import Audio, Report, Samples, part_of
from models.music.production.finishing import mastered
from models.music.production.mixing import mixed
from models.music.production.playing import RATE_HZ
from models.music.score import Score
from models.synth.soundfont import SoundfontSynth

RING_OUT_S, FADE_S = 3.0, 1.5
MIXED = 0.75  # share of the progress


def produce(score: Score, vocal: Samples | None, *, vocal_only: bool = False, seed: int, report: Report) -> Audio:
    """The song at 44.1 kHz, stereo, at -14 LUFS, as long as its score and a ring-out of 3 s.

    `vocal`: dry singing of shape (1, frames) at 44.1 kHz that begins with the score. vocal_only: nobody plays.
    """
    score = _unplayed(score) if vocal_only else score
    frames = round((score.duration_s + RING_OUT_S) * RATE_HZ)
    mix = mixed(score, vocal, frames, SoundfontSynth(), seed, part_of(report, 0.0, MIXED))
    fade = round(FADE_S * RATE_HZ)
    mix[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)).astype(np.float32) ** 2
    out = mastered(Audio(mix, RATE_HZ), part_of(report, MIXED, 1.0))
    out[:, -fade:] *= np.cos(np.linspace(0, np.pi / 2, fade)).astype(np.float32)
    return Audio(out, RATE_HZ)


def _unplayed(score: Score) -> Score:
    from dataclasses import replace

    return replace(score, tracks=())
