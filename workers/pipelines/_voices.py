"""What the endpoints that convert voices share."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from app.errors import JobFailed
from models.base import Audio, Report, Samples, Voice, VoiceConverter
from models.speech.passages import passage
from models.speech.process import SpeechFailed
from workers.context import Context


def converted(audio: Audio, voice: Voice, ctx: Context, *, report: Report, **options: Any) -> Iterator[Samples]:  # noqa: ANN401 - those of VoiceConverter.convert
    """The recording in the voice. Engines that imitate a recording hear the voice speak first, if it has none."""
    converter: VoiceConverter = ctx.engines.load("voice")
    try:
        if converter.needs_reference and voice.reference is None:
            voice = replace(voice, reference=_spoken(voice, ctx))
        yield from converter.convert(audio, voice=voice, report=report, **options)
    except (ValueError, SpeechFailed) as error:
        raise JobFailed("voice_unusable", str(error)) from None


def _spoken(voice: Voice, ctx: Context) -> Audio:
    synthesiser = ctx.engines.load("speech")
    blocks = synthesiser.speak(
        passage(voice.language), voice=voice, language=voice.language, report=lambda _fraction: ctx.report(0.0)
    )
    return Audio(np.concatenate(list(blocks), axis=1), synthesiser.rate_hz)
