"""POST /v1/sing_over_instrumental – sing lyrics over a backing track. Outputs: see _songs."""

from pydantic import AliasChoices, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Lyrics, Prompt, Url, VoiceId
from app.features._songs import TAKES, EditParams, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply

MISSING = "Either audio_file or audio_url must be provided, along with prompt and lyrics."


class Params(EditParams):
    """The recording is the backing; the lyrics are sung over it."""

    audio_url: Url | None = Field(
        None,
        validation_alias=AliasChoices("audio_url", "audio_path", "instrumental_url"),
        description="Direct link to the backing track.",
    )
    prompt: Prompt = Field(description="How to sing.")
    lyrics: Lyrics = Field(description="Words to sing.")
    voice_id: VoiceId | None = Field(None, description="A voice of the library.")


FEATURE = Feature(
    name="sing_over_instrumental",
    path="/v1/sing_over_instrumental",
    kind=ConversionType.SING_OVER_INSTRUMENTAL,
    params=Params,
    inputs=(AudioInput(missing=MISSING),),
    errors={"prompt": MISSING, "lyrics": MISSING},
    reply=Reply.B_PLUS,
    takes=lambda _params: TAKES,
    quantity=lambda _params: TAKES,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("remix", "song"),
    display_name="Sing Over Instrumental",
    accepted_message="Sing Over Instrumental request submitted successfully",
    summary="Sing lyrics over a backing track.",
    sample={
        "audio_url": "https://example.com/backing.mp3",
        "prompt": "A soft ballad",
        "lyrics": "[Verse]\nThe sea is calm tonight",
    },
    events=song_events("remix"),
    record=song_record,
)
