"""POST /v1/audio_cutter – a part of a recording, exact to the sample. Writes output `output`."""

from typing import Annotated

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import ExtensionParams
from app.errors import BadRange
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price

INVALID = "Invalid time range specified"
Milliseconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Params(ExtensionParams):
    """Times are milliseconds; an end beyond the file means its end."""

    start_time: Milliseconds = Field(description="First moment to keep, in milliseconds.", examples=[10500])
    end_time: Milliseconds = Field(description="First moment to leave out again, in milliseconds.", examples=[45000])


def check(params: Params) -> None:
    if params.end_time <= params.start_time:
        raise BadRange(INVALID)


def webhook(done: Done) -> Fields:
    return {"output_file": done.links["output"], "message": "Audio cutter completed"}


FEATURE = Feature(
    name="audio_cutter",
    path="/v1/audio_cutter",
    kind=ConversionType.AUDIO_CUTTER,
    params=Params,
    inputs=(AUDIO,),
    check=check,
    errors={"start_time": INVALID, "end_time": INVALID},
    error_status={"start_time": 400, "end_time": 400},
    lane=Lane.CPU,
    category=Category.UTILITIES,
    price=Price("audio_cutter"),
    display_name="Audio Cutter",
    summary="Cut a part out of a recording, exact to the sample.",
    sample={"audio_url": "https://example.com/audio.mp3", "start_time": 10500, "end_time": 45000},
    events=(Event(webhook),),
    record=lambda done: {"output_file": done.links["output"]},
    tasks=lambda _params: ("files",),
    ready=True,
)
