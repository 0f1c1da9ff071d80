"""POST /v1/VoiceChanger – the same words in another voice. Writes output `output`."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import AudioParams, PitchSemitones, VoiceId
from app.features._spec import AudioInput, Done, Event, Feature, Fields, Price

MISSING = "Both audio_url and audio_file cannot be None"


def _flag(value: object) -> object:
    """0 or 1 as documented, and any spelling of a boolean."""
    if isinstance(value, str):
        return {"true": 1, "yes": 1, "on": 1, "false": 0, "no": 0, "off": 0}.get(value.strip().lower(), value)
    return value


class Params(AudioParams):
    """A voice of the library says the words."""

    voice_id: VoiceId = Field(description="A voice of the library.")
    remove_background: Annotated[int, Field(ge=0, le=1), BeforeValidator(_flag)] = Field(
        0, description="1: remove background noise first."
    )
    pitch: PitchSemitones = Field(0, description="Shift in semitones.")


def webhook(done: Done) -> Fields:
    return {
        "conversion_path": done.links["output"],
        "conversion_cost": f"{done.cost:g}",
        "conversion_duration": round(done.duration_s, 3),
        "message": "Conversion Completed",
    }


FEATURE = Feature(
    name="voice_changer",
    path="/v1/VoiceChanger",
    aliases=("/v1/voicetovoice",),
    kind=ConversionType.VOICE_CONVERSION,
    params=Params,
    inputs=(AudioInput(missing=MISSING),),
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("voice_changer"),
    no_credit="Insufficient credit balance",
    accepted_message="",
    tasks=lambda _params: ("voice", "denoise", "speech"),
    ready=True,
    display_name="Voice Conversion",
    summary="Say the same words in another voice.",
    sample={"audio_url": "https://example.com/speech.mp3", "voice_id": "linnea", "remove_background": 0, "pitch": 0},
    events=(Event(webhook),),
)
