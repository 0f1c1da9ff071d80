"""POST /v1/sound_generator – a sound effect from a prompt. Outputs: `output`; on demand `cover`, `cover_thumb`."""

from typing import Annotated

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Params as TaskParams
from app.features._spec import Body, Done, Event, Feature, Fields, Price

MISSING = "Prompt is required for sound generation."
DONE = "Audio Generation Completed Successfully"
MOST_NAMED = 6  # unknown words in a message


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


def message(done: Done) -> str:
    """That it is done; where words of the prompt are not known, which ones, and what was made instead."""
    unknown, sounds = done.values.get("unknown_words"), done.values.get("sounds")
    if not unknown or not sounds:
        return DONE
    words = ", ".join(f'"{word}"' for word in unknown[:MOST_NAMED])
    return f"{DONE}. Nothing is known of {words}; the nearest sounds were used: {', '.join(sounds)}"


def webhook(done: Done) -> Fields:
    return {"conversion_duration": round(done.duration_s, 3), "message": message(done), **paths(done)}


def record(done: Done) -> Fields:
    """As the webhook, and the cover where one was asked for."""
    covers = {"album_cover_path": "cover", "album_cover_thumbnail": "cover_thumb"}
    drawn = {field: done.links[name] for field, name in covers.items() if name in done.links}
    return {"message": message(done), **paths(done), **drawn}


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
    record=record,
    tasks=lambda _params: ("effects", "pictures"),
    ready=True,
)
