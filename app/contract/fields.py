"""Field types shared by the endpoints' parameters: lenient on the way in, exact inside.

Booleans take true/false/1/0/yes/no/on/off in any case, numbers take numeric strings, empty strings count as absent,
unknown fields are ignored; NaN and infinity are refused everywhere.
"""

import json
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.contract.enums import AudioFormat, Gender


class Uploaded:
    """A file of the request, already streamed to disk; `path` is ours, `file_name` is only ever shown."""

    def __init__(self, path: str, file_name: str, size_bytes: int) -> None:
        self.path = path
        self.file_name = file_name
        self.size_bytes = size_bytes

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "binary"}


def _gender(value: object) -> object:
    if isinstance(value, str):
        short = {"m": "male", "f": "female", "n": "neutral"}
        return short.get(value.strip().lower(), value.strip().lower())
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def text_list(value: object) -> object:
    """A list written as a JSON array, as JSON text, or separated by commas."""
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                msg = "must be a JSON list of strings"
                raise ValueError(msg) from error
        return [part.strip() for part in text.split(",") if part.strip()]
    return value


Lowered = BeforeValidator(_lower)
Url = Annotated[str, Field(max_length=4096, examples=["https://example.com/audio.mp3"])]
GenderField = Annotated[Gender, BeforeValidator(_gender)]
TextList = Annotated[list[Annotated[str, Field(max_length=64)]], BeforeValidator(text_list), Field(max_length=32)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Prompt = Annotated[str, Field(max_length=1000)]
Lyrics = Annotated[str, Field(max_length=5000)]
LyricsSection = Annotated[str, Field(max_length=3000)]
Title = Annotated[str, Field(max_length=200)]
VoiceId = Annotated[str, Field(max_length=200)]
PitchSemitones = Annotated[int, Field(ge=-12, le=12)]


class Params(BaseModel):
    """Parameters every task endpoint takes."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, str_strip_whitespace=True, allow_inf_nan=False)

    webhook_url: Url | None = Field(None, description="Where to POST the result. Empty: nowhere.")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the body held
        if not isinstance(data, dict):
            return data
        return {k: v for k, v in data.items() if v is not None and not (isinstance(v, str) and not v.strip())}


class AudioParams(Params):
    """The shared audio input: exactly one of URL and upload."""

    audio_url: Url | None = Field(
        None,
        validation_alias=AliasChoices("audio_url", "audio_path"),
        description="Direct link to the audio. Exactly one of `audio_url` and `audio_file` is needed.",
    )
    audio_file: Uploaded | None = Field(
        None, validation_alias=AliasChoices("audio_file", "audio"), description="The audio as an upload."
    )


class ExtensionParams(AudioParams):
    """Audio in, audio out, in a format of the caller's choice."""

    output_extension: Annotated[AudioFormat, Lowered] | None = Field(
        None,
        validation_alias=AliasChoices("output_extension", "audio_extension", "output_format"),
        description="File format to write; absent: that of the input.",
    )
