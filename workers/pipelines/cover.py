"""A song sung by another voice: the vocals are taken out, converted, and put back into the backing.

A shift by whole octaves, or none, leaves the backing as it was: the mix less its vocals. Any other shift moves the
backing with the voice, so that the song stays in tune.
"""

import math
from collections.abc import Iterator

import numpy as np

from app.features.cover import Params
from models.base import Audio, Samples, Separator, TimeStretcher, part_of
from models.dsp.loudness import integrated_lufs
from models.separation.stems import VOCALS
from models.voices.transpose import transposed
from workers.context import BLOCK_FRAMES, Blocks, Context, natural_encoding
from workers.pipelines._voices import converted

TASKS = ("separation", "voice", "speed")
OPTIONAL = ("speech",)  # for voices that are to be heard first
CHANNELS = 2
DECODED, SEPARATED, SUNG, MEASURED = 0.05, 0.6, 0.85, 0.88  # shares of the progress bar
LARGEST_GAIN_DB = 12.0
OCTAVE = 12


def run(params: Params, ctx: Context) -> None:
    voice = ctx.voices(params.voice_id)
    separator: Separator = ctx.engines.load("separation")
    audio = ctx.read_audio(rate_hz=separator.rate_hz, channels=CHANNELS, report=part_of(ctx.report, 0.0, DECODED))
    vocals = _vocals(separator, audio, ctx)
    sung, done = ctx.scratch("sung", audio.samples.shape), 0
    report = part_of(ctx.report, SEPARATED, SUNG)
    for block in converted(vocals, voice, ctx, pitch_semitones=params.pitch, sung=True, report=report):
        sung[:, done : done + block.shape[1]] = block
        done += block.shape[1]
    gain = _gain(vocals, Audio(sung, audio.rate_hz))
    ctx.report(MEASURED)
    backing = _backing(audio, vocals)
    if params.pitch % OCTAVE:
        stretcher: TimeStretcher = ctx.engines.load("speed")
        backing = transposed(
            stretcher, backing, rate_hz=audio.rate_hz, channels=CHANNELS, semitones=params.pitch, frames=sung.shape[1]
        )
    _mix(backing, sung, gain, audio.rate_hz, ctx)
    ctx.set(duration_s=audio.duration_s)


def _vocals(separator: Separator, audio: Audio, ctx: Context) -> Audio:
    vocals, done = ctx.scratch(VOCALS, audio.samples.shape), 0
    row = separator.stems.index(VOCALS)
    for block in separator.separate(audio, wanted=[VOCALS], report=part_of(ctx.report, DECODED, SEPARATED)):
        vocals[:, done : done + block.shape[-1]] = block[row]
        done += block.shape[-1]
    return Audio(vocals, audio.rate_hz)


def _gain(before: Audio, after: Audio) -> np.float32:
    """What makes the new vocals as loud as the old ones."""
    gain_db = integrated_lufs(before) - integrated_lufs(after)
    return np.float32(10 ** (min(gain_db, LARGEST_GAIN_DB) / 20) if math.isfinite(gain_db) else 1.0)


def _backing(audio: Audio, vocals: Audio) -> Iterator[Samples]:
    for first in range(0, audio.samples.shape[1], BLOCK_FRAMES):
        part = slice(first, first + BLOCK_FRAMES)
        yield np.asarray(audio.samples[:, part] - vocals.samples[:, part], np.float32)


def _mix(backing: Iterator[Samples], sung: Samples, gain: np.float32, rate_hz: int, ctx: Context) -> None:
    encoding = natural_encoding(ctx.source.info)
    report = part_of(ctx.report, MEASURED, 1.0)
    done = 0
    shape = Blocks(iter(()), rate_hz, CHANNELS)
    with ctx.write_blocks(ctx.output("output", encoding.format), encoding, like=shape) as write:
        for block in backing:
            last = done + block.shape[1]
            write(block + gain * sung[:, done:last])
            done = last
            report(done / sung.shape[1])
