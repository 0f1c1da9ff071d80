"""POST /v1/extend – let a song go on. Outputs: see _songs."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import LyricsSection, Prompt, Seconds
from app.features._songs import TAKES, EditParams, Outputs, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply

MISSING = "audio_file or audio_url and extend_after are required."


class Params(EditParams):
    """Everything before `extend_after` stays as it is."""

    extend_after: Seconds = Field(description="Where the new part begins, in seconds.", examples=[30])
    prompt: Prompt | None = Field(None, description="How it goes on.")
    lyrics: LyricsSection | None = Field(None, description="Words of the new part.")
    lyrics_section_to_extend: LyricsSection | None = Field(None, description="Words that lead up to it.")
    num_outputs: Outputs = Field(TAKES, description="One or two results.")


FEATURE = Feature(
    name="extend",
    path="/v1/extend",
    kind=ConversionType.EXTEND,
    params=Params,
    inputs=(AudioInput(missing=MISSING),),
    errors={"extend_after": MISSING},
    reply=Reply.B_PLUS,
    takes=lambda params: params.num_outputs,
    quantity=lambda params: params.num_outputs,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("extend", "song"),
    display_name="Extend",
    accepted_message="Extend request submitted successfully",
    summary="Let a song go on from a given moment.",
    sample={"audio_url": "https://example.com/song.mp3", "extend_after": 30, "num_outputs": 1},
    events=song_events("remix"),
    record=song_record,
)
