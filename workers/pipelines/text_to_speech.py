"""A text, spoken by a voice of the library, by one like a sample, or by the first voice of a gender and language."""

from collections.abc import Iterator

import numpy as np

from app.contract.enums import AudioFormat, Gender
from app.errors import InputUnusable, JobFailed
from app.features.text_to_speech import SAMPLE, Params
from models.base import Audio, Samples, SpeechSynthesiser, Voice, part_of
from models.speech.process import SpeechFailed
from workers.context import Blocks, Context, Encoding
from workers.pipelines._voices import converted
from workers.voices import REFERENCE_RATE_HZ, measured, shipped_like

TASKS = ("speech", "voice")
SPOKEN = 0.6  # share of the progress bar, where the voice is changed afterwards
DEFAULT_LANGUAGE = "en"
TEN_MINUTES_S = 600


def run(params: Params, ctx: Context) -> None:
    synthesiser: SpeechSynthesiser = ctx.engines.load("speech")
    voice = _voice(params, ctx)
    language = (params.language or (voice.language if voice else DEFAULT_LANGUAGE)).lower()
    imitated = voice if voice is not None and voice.reference is not None else None
    speaker = shipped_like(language, params.gender, voice) if voice is None or imitated else voice
    report = part_of(ctx.report, 0.0, SPOKEN if imitated else 1.0)
    try:
        blocks = synthesiser.speak(params.text, voice=speaker, language=language, report=report)
        if imitated:
            blocks = _imitating(blocks, synthesiser.rate_hz, imitated, ctx)
        frames = _write(blocks, synthesiser.rate_hz, ctx)
    except (ValueError, SpeechFailed) as error:
        raise JobFailed("unspeakable", str(error)) from None
    ctx.set(duration_s=frames / synthesiser.rate_hz, voice=(voice or speaker).name)


def _voice(params: Params, ctx: Context) -> Voice | None:
    """The first that is present: a sample, a voice of the library; None: any of the gender."""
    if SAMPLE.file_field in ctx.inputs:
        reference = ctx.read_audio(rate_hz=REFERENCE_RATE_HZ, channels=1, slot=SAMPLE.file_field)
        heard = Audio(np.array(reference.samples[:, : TEN_MINUTES_S * REFERENCE_RATE_HZ]), REFERENCE_RATE_HZ)
        try:
            profile = measured(heard)
        except JobFailed as error:
            raise InputUnusable(error.message) from None
        return Voice("", "sample", Gender.NEUTRAL, params.language or DEFAULT_LANGUAGE, profile, heard)
    return ctx.voices(params.voice_id) if params.voice_id else None


def _imitating(blocks: Iterator[Samples], rate_hz: int, voice: Voice, ctx: Context) -> Iterator[Samples]:
    """The speech in the voice of a reference, by the converter of voices."""
    raw = ctx.work_dir / "spoken.f32"
    frames = 0
    with raw.open("wb") as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block[0], np.float32).tobytes())
            frames += block.shape[1]
    spoken = ctx.scratch("speech", (1, frames))
    spoken[0] = np.fromfile(raw, np.float32)
    yield from converted(Audio(spoken, rate_hz), voice, ctx, report=part_of(ctx.report, SPOKEN, 1.0))


def _write(blocks: Iterator[Samples], rate_hz: int, ctx: Context) -> int:
    encoding = Encoding(AudioFormat.WAV, rate_hz)
    frames = 0
    with ctx.write_blocks(ctx.output("output", encoding.format), encoding, like=Blocks(iter(()), rate_hz, 1)) as write:
        for block in blocks:
            frames += write(block)
    return frames
