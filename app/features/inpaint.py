"""POST /v1/inpaint – replace a part of a song. Outputs: see _songs."""

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import LyricsSection, Prompt, Seconds
from app.errors import BadInput
from app.features._songs import TAKES, EditParams, Outputs, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply

MISSING = "audio_file or audio_url and valid replace range are required."


class Params(EditParams):
    """Everything outside the range stays as it is."""

    prompt: Prompt = Field(description="What comes in its place.")
    replace_start_at: Seconds = Field(
        validation_alias=AliasChoices("replace_start_at", "start_time"), description="Start of the part, in seconds."
    )
    replace_end_at: Seconds = Field(
        validation_alias=AliasChoices("replace_end_at", "end_time"), description="End of the part, in seconds."
    )
    lyrics: LyricsSection | None = Field(None, description="Words of the new part.")
    lyrics_section_to_replace: LyricsSection | None = Field(None, description="Words that are replaced.")
    num_outputs: Outputs = Field(TAKES, description="One or two results.")


def check(params: Params) -> None:
    if params.replace_end_at <= params.replace_start_at:
        raise BadInput(MISSING)


FEATURE = Feature(
    name="inpaint",
    path="/v1/inpaint",
    kind=ConversionType.INPAINT,
    params=Params,
    inputs=(AudioInput(missing=MISSING),),
    check=check,
    errors={"replace_start_at": MISSING, "replace_end_at": MISSING},
    reply=Reply.B_PLUS,
    takes=lambda params: params.num_outputs,
    quantity=lambda params: params.num_outputs,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("extend", "song"),
    display_name="Inpaint",
    accepted_message="Inpaint request submitted successfully",
    summary="Replace a part of a song.",
    sample={
        "audio_url": "https://example.com/song.mp3",
        "prompt": "A guitar solo",
        "replace_start_at": 30,
        "replace_end_at": 45,
    },
    events=song_events("remix"),
    record=song_record,
)
