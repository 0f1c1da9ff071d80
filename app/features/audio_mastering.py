"""POST /v1/audio_mastering – sound like a reference recording. Writes output `output`."""

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import ExtensionParams, Uploaded, Url
from app.features._spec import AUDIO, AudioInput, Done, Event, Feature, Fields, Price


class Params(ExtensionParams):
    """The reference is a link or an upload, in any mix with the audio itself."""

    reference_audio_url: Url | None = Field(
        None,
        validation_alias=AliasChoices("reference_audio_url", "reference_audio_path"),
        description="Direct link to the recording to sound like.",
    )
    reference_audio_file: Uploaded | None = Field(None, description="The recording to sound like, as an upload.")


REFERENCE = AudioInput(
    url_field="reference_audio_url",
    file_field="reference_audio_file",
    missing="Either reference_audio_url or reference_audio_file must be provided.",
)


def webhook(done: Done) -> Fields:
    return {"output_file": done.links["output"], "message": "Audio Mastering Completed"}


FEATURE = Feature(
    name="audio_mastering",
    path="/v1/audio_mastering",
    kind=ConversionType.AUDIO_MASTERING,
    params=Params,
    inputs=(AUDIO, REFERENCE),
    errors={"output_extension": "Invalid output format specified"},
    error_status={"output_extension": 400},
    lane=Lane.CPU,
    category=Category.ENHANCEMENTS,
    price=Price("audio_mastering"),
    display_name="Audio Mastering",
    summary="Master a recording so that it sounds like a reference.",
    sample={
        "audio_url": "https://example.com/mix.wav",
        "reference_audio_url": "https://example.com/reference.wav",
        "output_extension": "wav",
    },
    events=(Event(webhook),),
    record=lambda done: {"output_file": done.links["output"]},
    tasks=lambda _params: ("mastering",),
    ready=True,
)
