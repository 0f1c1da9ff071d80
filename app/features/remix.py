"""POST /v1/Remix – the same song in another style, twice. Outputs: see _songs."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Lyrics, Prompt
from app.features._songs import TAKES, EditParams, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply


class Params(EditParams):
    """The prompt says what to turn the song into."""

    prompt: Prompt = Field(description="Style to turn the song into.")
    lyrics: Lyrics | None = Field(None, description="New words; absent: those of the recording.")


FEATURE = Feature(
    name="remix",
    path="/v1/Remix",
    kind=ConversionType.REMIX,
    params=Params,
    inputs=(AudioInput(missing="Either audio_file or audio_url must be provided."),),
    reply=Reply.B_PLUS,
    takes=lambda _params: TAKES,
    quantity=lambda _params: TAKES,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("remix", "song"),
    display_name="Remix",
    accepted_message="Remix request submitted successfully",
    summary="Turn a song into another style.",
    sample={"audio_url": "https://example.com/song.mp3", "prompt": "Lo-fi hip-hop"},
    events=song_events("remix"),
    record=song_record,
)
