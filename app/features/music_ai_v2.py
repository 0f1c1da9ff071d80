"""POST /v2/MusicAI – two songs, with a choice of models. Outputs: see _songs."""

from typing import Annotated

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane, SongModel
from app.contract.fields import Lowered
from app.features._songs import TAKES, song_events, song_record
from app.features._spec import Body, Feature, Price, Reply
from app.features.music_ai import NO_CREDIT, SongParams, check


class Params(SongParams):
    """Covers and timed lyrics only where asked for."""

    generate_album_cover: bool = Field(default=False, description="Draw an album cover as well.")
    lyrics_timestamps: bool = Field(default=False, description="Time every line of the lyrics.")
    model: Annotated[SongModel, Lowered] = Field(SongModel.V6, description="voice_id and vocal_only mean v6.")


FEATURE = Feature(
    name="music_ai_v2",
    path="/v2/MusicAI",
    kind=ConversionType.MUSIC_AI,
    params=Params,
    check=check,
    body=Body.JSON,
    reply=Reply.B,
    takes=lambda _params: TAKES,
    quantity=lambda _params: TAKES,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("song_v6", "song"),
    no_credit=NO_CREDIT,
    display_name="Music AI",
    summary="Two songs from a prompt, or from lyrics and a style, with a choice of models.",
    sample={"prompt": "A happy song about the sea", "model": "v6", "lyrics_timestamps": True},
    events=song_events("music_ai"),
    record=song_record,
    tasks=lambda _params: ("song", "lyrics", "pictures"),
    ready=True,
)
