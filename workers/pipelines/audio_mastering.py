"""A recording mastered to a reference. A lossy file that overshoots is made again below a lower ceiling."""

import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.contract.enums import AudioFormat
from app.errors import InputUnusable
from app.features.audio_mastering import REFERENCE, Params
from models.base import Audio, Samples, part_of
from models.dsp.loudness import LoudnessMeter, integrated_lufs
from models.dsp.true_peak import TruePeakMeter
from models.mastering.reference import CEILING_DBTP, SilentReferenceError
from workers.context import BLOCK_FRAMES, Blocks, Context, Encoding, natural_encoding

TASKS = ("mastering",)
DECODED = 0.1  # of the progress
LOSSY_SHARE = 0.6  # of what is left, per attempt
LOSSLESS = {AudioFormat.WAV, AudioFormat.FLAC}
MAX_ENCODINGS = 4
SPARE_DB = 0.1  # what a codec adds differs a little each time
REFERENCE_SLOT = REFERENCE.file_field


def run(params: Params, ctx: Context) -> None:
    encoding = natural_encoding(ctx.source.info, params.output_extension)
    audio, reference = _decoded(ctx, encoding)
    engine = ctx.engines.load("mastering")
    target = ctx.output("output", encoding.format)
    is_lossless = encoding.format in LOSSLESS
    ceiling_dbtp, begun = CEILING_DBTP, DECODED
    for _ in range(MAX_ENCODINGS):
        share = (1 - begun) * (1 if is_lossless else LOSSY_SHARE)
        report = part_of(ctx.report, begun, begun + share)
        begun += share
        try:
            mastered = engine.master(audio, reference, report=report, ceiling_dbtp=ceiling_dbtp)
        except SilentReferenceError as error:
            raise InputUnusable(str(error)) from None
        loudness_lufs, peak_dbtp = _write(ctx, target, encoding, audio, mastered)
        if is_lossless:
            break
        peak_dbtp = _decoded_peak_dbtp(ctx, target)
        if peak_dbtp <= CEILING_DBTP:
            break
        ceiling_dbtp -= peak_dbtp - CEILING_DBTP + SPARE_DB
    ctx.set(
        duration_s=audio.duration_s,
        loudness_lufs=_rounded(loudness_lufs),
        reference_loudness_lufs=_rounded(integrated_lufs(reference)),
        true_peak_dbtp=_rounded(peak_dbtp),
    )


def _decoded(ctx: Context, encoding: Encoding) -> tuple[Audio, Audio]:
    """The recording, with as many channels as its output holds, and the reference as it is."""
    info, other = ctx.source.info, ctx.inputs[REFERENCE_SLOT].info
    half = DECODED / 2
    audio = ctx.read_audio(
        rate_hz=info.rate_hz,
        channels=encoding.channels_for(info.channels),
        report=lambda done: ctx.report(half * done),
    )
    reference = ctx.read_audio(
        rate_hz=other.rate_hz,
        channels=other.channels,
        slot=REFERENCE_SLOT,
        report=lambda done: ctx.report(half + half * done),
    )
    return audio, reference


def _write(
    ctx: Context, target: Path, encoding: Encoding, audio: Audio, blocks: Iterable[Samples]
) -> tuple[float, float]:
    """Encode; the integrated loudness and the true peak of what was given to the encoder."""
    channels = audio.samples.shape[0]
    loudness, peak = LoudnessMeter(audio.rate_hz, channels), TruePeakMeter(audio.rate_hz, channels)
    shape = Blocks(iter(()), audio.rate_hz, channels)
    with ctx.write_blocks(target, encoding, like=shape) as write:
        for block in blocks:
            write(block)
            loudness.add(block)
            peak.add(block)
    return loudness.integrated_lufs, peak.true_peak_dbtp


def _decoded_peak_dbtp(ctx: Context, path: Path) -> float:
    with ctx.media.decode(path, ctx.media.probe(path)) as decoding:
        meter = TruePeakMeter(decoding.rate_hz, decoding.channels)
        for data in decoding.blocks(BLOCK_FRAMES):
            meter.add(np.frombuffer(data, np.float32).reshape(-1, decoding.channels).T)
    return meter.true_peak_dbtp


def _rounded(figure: float) -> float | None:
    """None for silence, which JSON has no number for."""
    return round(figure, 2) if math.isfinite(figure) else None
