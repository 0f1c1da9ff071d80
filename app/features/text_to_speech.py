"""POST /v1/TextToSpeech – a text, spoken. Writes output `output`."""

import math
from typing import Annotated

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import GenderField, Uploaded, Url, VoiceId
from app.contract.fields import Params as TaskParams
from app.features._spec import AudioInput, Body, Done, Event, Feature, Fields, Price

MISSING = "Missing required field: text"
MAX_CHARS = 20_000
WORDS_PER_STEP = 100
SAMPLE = AudioInput("sample_audio_url", "sample_audio_file", required=False)


class Params(TaskParams):
    """The first of sample_audio_url, voice_id and gender that is present chooses the voice."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)] = Field(description="What to say.")
    sample_audio_url: Url | None = Field(None, description="Direct link to a voice to imitate.")
    sample_audio_file: Uploaded | None = Field(None, description="The voice to imitate as an upload.")
    voice_id: VoiceId | None = Field(None, description="A voice of the library.")
    gender: GenderField | None = Field(None, description="male, female or neutral; m and f are taken as well.")
    language: Annotated[str, Field(max_length=32)] | None = Field(None, description="Language code such as `en`.")


def webhook(done: Done) -> Fields:
    return {
        "conversion_path": done.links["output"],
        "message": "Conversion Completed",
        "conversion_cost": done.cost,
        "conversion_duration": round(done.duration_s, 3),
    }


FEATURE = Feature(
    name="text_to_speech",
    path="/v1/TextToSpeech",
    aliases=("/v1/tts",),
    kind=ConversionType.TEXT_TO_SPEECH,
    params=Params,
    body=Body.JSON,
    errors={"text": MISSING},
    quantity=lambda params: math.ceil(len(params.text.split()) / WORDS_PER_STEP),
    inputs=(SAMPLE,),
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("text_to_speech", "words100"),
    no_credit="Insufficient credit balance",
    accepted_message="",
    display_name="Text To Speech",
    summary="Speak a text.",
    tasks=lambda _params: ("speech", "voice"),
    ready=True,
    sample={"text": "Welcome to the studio.", "gender": "female"},
    events=(Event(webhook),),
)
