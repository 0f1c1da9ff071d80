"""Speech to text, with translation into English; writes values, no file. Songs are heard without their instruments."""

from app.contract.enums import TextFormat
from app.errors import InputUnusable
from app.features.audio_transcribe import Params
from models.base import Audio, Report, SpeechRecogniser, Transcript, part_of
from models.transcription.activity import RATE_HZ, spans
from models.transcription.languages import code
from models.transcription.songs import has_instruments, voice_of
from models.transcription.subtitles import formatted_text, plain_text, srt, vtt
from workers.context import Context

TASKS = ("transcription",)
OPTIONAL = ("separation", "speech_translation")
ENGLISH = "en"
CHANNELS = 2  # a separator's
DECODED, JUDGED, SEPARATED = 0.05, 0.1, 0.5  # shares of the progress bar
FORMS = {
    TextFormat.PLAIN_TEXT: plain_text,
    TextFormat.FORMATTED_TEXT: formatted_text,
    TextFormat.SRT: srt,
    TextFormat.VTT: vtt,
}


def run(params: Params, ctx: Context) -> None:
    recogniser: SpeechRecogniser = ctx.engines.load("transcription")
    audio = ctx.read_audio(rate_hz=RATE_HZ, channels=1, report=part_of(ctx.report, 0.0, DECODED))
    duration_s = audio.duration_s
    found = spans(audio, report=part_of(ctx.report, DECODED, JUDGED))
    begun = JUDGED
    if ctx.engines.can("separation") and has_instruments(audio, found):
        audio, begun = _voice(ctx), SEPARATED
    try:
        heard = _heard(audio, recogniser, params, ctx, part_of(ctx.report, begun, 1.0))
    except ValueError as error:
        raise InputUnusable(str(error)) from error
    ctx.set(
        transcription=FORMS[params.transcription_format](heard.segments),
        detected_language=heard.language,
        duration_s=duration_s,
        word_timestamps=_word_times(heard) if params.word_timestamps else [],
    )
    if heard.translation is not None:
        ctx.set(translation=FORMS[params.translation_format or params.transcription_format](heard.translation))


def _voice(ctx: Context) -> Audio:
    """The vocals of the recording, mono at 16 kHz."""
    separator = ctx.engines.load("separation")
    middle = (JUDGED + SEPARATED) / 2
    mix = ctx.read_audio(rate_hz=separator.rate_hz, channels=CHANNELS, report=part_of(ctx.report, JUDGED, middle))
    frames = -(-mix.samples.shape[1] * RATE_HZ // mix.rate_hz) + 1
    voice, done = ctx.scratch("voice", (1, frames)), 0
    for block in voice_of(separator, mix, report=part_of(ctx.report, middle, SEPARATED)):
        count = min(block.size, frames - done)
        voice[0, done : done + count] = block[:count]
        done += count
    return Audio(voice[:, :done], RATE_HZ)


def _heard(audio: Audio, recogniser: SpeechRecogniser, params: Params, ctx: Context, report: Report) -> Transcript:
    """Transcript, and its translation where one is asked for: by a second model when the first was not trained to.

    Raises ValueError for a language or a translation that no model here knows.
    """
    language = code(params.language) if params.language else None
    if not params.translate or recogniser.translates:
        return recogniser.transcribe(audio, language=language, translate=params.translate, report=report)
    first = recogniser.transcribe(audio, language=language, translate=False, report=part_of(report, 0.0, 0.5))
    if first.language in {"", ENGLISH}:
        return Transcript(first.language, first.segments, first.segments)
    translator: SpeechRecogniser = ctx.engines.load("speech_translation")
    second = translator.transcribe(audio, language=first.language, translate=True, report=part_of(report, 0.5, 1.0))
    return Transcript(first.language, first.segments, second.translation)


def _word_times(heard: Transcript) -> list[dict[str, str | float]]:
    return [
        {"word": word.text, "start": round(word.start_s, 3), "end": round(word.end_s, 3)}
        for segment in heard.segments
        for word in segment.words
    ]
