"""POST /v1/sound_generator – a sound effect from a prompt. Writes output `output`, and `cover` where asked."""

from typing import Annotated

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Params as TaskParams
from app.features._spec import Body, Done, Event, Feature, Fields, Price

MISSING = "Prompt is required for sound generation."


class Params(TaskParams):
    """A short description; `audio_length` is a wish."""

    prompt: Annotated[str, Field(min_length=1, max_length=300)] = Field(description="What to hear.")
    audio_length: Annotated[int, Field(ge=1, le=120)] | None = Field(
        None, validation_alias=AliasChoices("audio_length", "duration"), description="Seconds."
    )
    generate_album_cover: bool = Field(default=False, description="Draw a cover as well.")


def paths(done: Done) -> Fields:
    conversion_id = done.conversion_ids[0]
    return {
        "conversion_paths": {conversion_id: done.links["output"]},
        "conversion_durations": {conversion_id: round(done.duration_s, 3)},
    }


def webhook(done: Done) -> Fields:
    message = "Audio Generation Completed Successfully"
    return {"conversion_duration": round(done.duration_s, 3), "message": message, **paths(done)}


FEATURE = Feature(
    name="sound_generator",
    path="/v1/sound_generator",
    aliases=("/v1/soundgenerator",),
    kind=ConversionType.SOUND_GENERATOR,
    params=Params,
    body=Body.URLENCODED,
    errors={"prompt": MISSING},
    lane=Lane.CPU,
    category=Category.GENERATIONS,
    price=Price("sound_generator", "request"),
    accepted_message="",
    display_name="Sound Creator",
    summary="A sound effect from a prompt.",
    sample={"prompt": "Rain on a tin roof", "audio_length": 5},
    events=(Event(webhook),),
    record=paths,
)
