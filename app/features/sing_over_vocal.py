"""POST /v1/sing_over_vocal – a backing to a sung recording. Outputs: see _songs."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Lyrics, Prompt
from app.features._songs import TAKES, EditParams, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply


class Params(EditParams):
    """The recording is the voice; a backing is composed to it."""

    lyrics: Lyrics = Field(description="Words that are sung.")
    prompt: Prompt | None = Field(None, description="Style of the backing.")
    make_instrumental: bool = Field(default=False, description="Leave the voice out of the result.")


FEATURE = Feature(
    name="sing_over_vocal",
    path="/v1/sing_over_vocal",
    kind=ConversionType.SING_OVER_VOCAL,
    params=Params,
    inputs=(AudioInput(missing="Either audio_file or audio_url must be provided, along with lyrics."),),
    reply=Reply.B_PLUS,
    takes=lambda _params: TAKES,
    quantity=lambda _params: TAKES,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("remix", "song"),
    display_name="Sing Over Vocal",
    accepted_message="Sing Over Vocal request submitted successfully",
    summary="Compose a backing to a sung recording.",
    sample={"audio_url": "https://example.com/voice.mp3", "lyrics": "The sea is calm tonight", "prompt": "Folk"},
    events=song_events("remix"),
    record=song_record,
)
