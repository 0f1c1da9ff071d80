"""POST /v1/file_convert – another format, sample rate or bit depth."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from app.contract.enums import AudioFormat, Category, ConversionType, Lane
from app.contract.fields import AudioParams, Lowered
from app.errors import BadInput
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price

# Highest rates of the encoders; WebM holds Opus at Opus' own rates and Vorbis at all others.
MAX_RATE_HZ = {AudioFormat.MP3: 48_000, AudioFormat.AAC: 96_000}


def _whole(value: object) -> object:
    """Form fields are text, and a Literal does not convert."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


class Params(AudioParams):
    """`target_bit_depth` applies to WAV and FLAC; the other formats are lossy and have none."""

    target_format: Annotated[AudioFormat, Lowered] = Field(
        validation_alias=AliasChoices("target_format", "output_format"), description="File format to write."
    )
    target_sr: Annotated[
        Literal[8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000, 192000], BeforeValidator(_whole)
    ] = Field(44100, description="Sample rate in Hz.")
    target_bit_depth: Annotated[Literal[16, 24, 32], BeforeValidator(_whole)] = Field(
        16, description="Bits per sample."
    )


def check(params: Params) -> None:
    limit = MAX_RATE_HZ.get(params.target_format)
    if limit is not None and params.target_sr > limit:
        text = f"{params.target_format} holds at most {limit} Hz; choose a lower target_sr or another target_format."
        raise BadInput(text)


def webhook(done: Done) -> Fields:
    return {"output_file_path": done.links["output"], "message": "File conversion completed"}


def record(done: Done) -> Fields:
    link = done.links["output"]
    return {"output_file_path": link, "output_path": link}


FEATURE = Feature(
    name="file_convert",
    path="/v1/file_convert",
    aliases=("/v1/fileconvert",),
    kind=ConversionType.FILE_CONVERT,
    params=Params,
    inputs=(AUDIO,),
    check=check,
    lane=Lane.CPU,
    category=Category.UTILITIES,
    price=Price("file_convert"),
    display_name="File Conversion",
    summary="Convert audio to another format, sample rate or bit depth.",
    sample={"audio_url": "https://example.com/audio.mp3", "target_format": "wav", "target_sr": 44100},
    events=(Event(webhook),),
    record=record,
    planned=lambda params: {"output_path": params.target_format.value},
    tasks=lambda _params: ("files",),
    ready=True,
)
