"""POST /v1/audio_speed_changer – faster or slower at the same pitch. Writes output `output`."""

from typing import Annotated

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import ExtensionParams
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price

INVALID = "Invalid speed_change_factor"


class Params(ExtensionParams):
    """2 plays in half the time, 0.5 in twice the time."""

    speed_change_factor: Annotated[float, Field(ge=0.25, le=4.0, allow_inf_nan=False)] = Field(
        validation_alias=AliasChoices("speed_change_factor", "speed_factor", "speed"),
        description="Playback speed, 0.25 to 4.",
        examples=[1.25],
    )


def webhook(done: Done) -> Fields:
    return {"output_file": done.links["output"], "message": "Audio speed changer completed"}


FEATURE = Feature(
    name="audio_speed_changer",
    path="/v1/audio_speed_changer",
    kind=ConversionType.AUDIO_SPEED_CHANGER,
    params=Params,
    inputs=(AUDIO,),
    errors={"speed_change_factor": INVALID},
    error_status={"speed_change_factor": 400},
    lane=Lane.CPU,
    category=Category.UTILITIES,
    price=Price("audio_speed_changer"),
    display_name="Audio Speed Changer",
    summary="Change the speed of a recording and keep its pitch.",
    sample={"audio_url": "https://example.com/audio.mp3", "speed_change_factor": 1.25},
    events=(Event(webhook),),
    record=lambda done: {"output_file": done.links["output"]},
    tasks=lambda _params: ("speed",),
    ready=True,
)
