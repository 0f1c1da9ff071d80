"""POST /v1/audio_transcribe – speech to text.

Writes no file; values: transcription, translation, detected_language, word_timestamps.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from app.contract.enums import Category, ConversionType, Lane, TextFormat
from app.contract.fields import AudioParams, Lowered
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price


def _language(value: object) -> object:
    """Older clients ask for detection by name."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    return None if text in {"auto", "detect", "none"} else text


class Params(AudioParams):
    """Without a language it is detected; a translation is into English."""

    language: Annotated[Annotated[str, Field(max_length=32)] | None, BeforeValidator(_language)] = Field(
        None, description="Language code such as `en`; empty: detect."
    )
    translate: bool = Field(default=False, description="Translate to English as well.")
    transcription_format: Annotated[TextFormat, Lowered] = Field(TextFormat.PLAIN_TEXT, description="Form of the text.")
    translation_format: Annotated[TextFormat, Lowered] | None = Field(None, description="Form of the translation.")
    word_timestamps: bool = Field(default=False, description="Add start and end of every word.")


def result(done: Done) -> Fields:
    return {
        "transcription": done.values.get("transcription", ""),
        "translation": done.values.get("translation"),
        "detected_language": done.values.get("detected_language", ""),
        "word_timestamps": done.values.get("word_timestamps", []),
    }


FEATURE = Feature(
    name="audio_transcribe",
    path="/v1/audio_transcribe",
    aliases=("/v1/audiotranscribe", "/v1/transcription"),
    kind=ConversionType.AUDIO_TRANSCRIPTION,
    params=Params,
    inputs=(AUDIO,),
    lane=Lane.GPU,
    category=Category.UTILITIES,
    price=Price("audio_transcribe"),
    display_name="Audio Transcription",
    accepted_message="",
    tasks=lambda _params: ("transcription", "separation", "speech_translation"),
    ready=True,
    summary="Write down what is said or sung, with word times, subtitles and translation.",
    sample={"audio_url": "https://example.com/speech.mp3", "translate": True, "word_timestamps": True},
    events=(Event(result),),
    record=result,
)
