"""POST /v1/MusicAI – two songs from a prompt, or from lyrics and a style. Outputs: see _songs."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import GenderField, Lyrics, Prompt, Title, VoiceId
from app.contract.fields import Params as TaskParams
from app.errors import BadInput
from app.features._songs import TAKES, song_events, song_record
from app.features._spec import Body, Feature, Price, Reply

MAX_LENGTH_S = 600
SLOWEST_BPM, FASTEST_BPM = 40, 240
KEY = re.compile(r"\s*[A-G]\s*-?(#|♯|b|♭|sharp|flat)?\s*-?(m|min|minor|moll|maj|major|dur)?\s*", re.IGNORECASE)
NOTHING = "prompt, music_style or lyrics is required."
NO_CREDIT = "Insufficient credit balance"


def _voice(value: object) -> object:
    """A client of the vendor's own sends `none`."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


class SongParams(TaskParams):
    """Options v1 and v2 have in common."""

    prompt: Prompt | None = Field(None, description="What the song is about and how it sounds.")
    music_style: Prompt | None = Field(None, description="Style, with lyrics of your own.")
    lyrics: Lyrics | None = Field(None, description="Words to sing; section tags such as [Verse] in brackets.")
    title: Title | None = Field(None, description="Title of the song.")
    make_instrumental: bool = Field(default=False, description="Nobody sings.")
    vocal_only: bool = Field(default=False, description="Nobody plays.")
    gender: GenderField | None = Field(None, description="Voice: male, female or neutral.")
    voice_id: Annotated[VoiceId | None, BeforeValidator(_voice)] = Field(None, description="A voice of the library.")
    negative_tags: Prompt | None = Field(None, description="What to avoid.")
    output_length: Annotated[int, Field(ge=0, le=MAX_LENGTH_S)] = Field(0, description="Length in seconds; 0: free.")
    key: Annotated[str, Field(max_length=20)] | None = Field(None, description="Key, such as `A minor` or `Bb`.")
    bpm: Annotated[float, Field(ge=0, le=300)] | None = Field(None, description="Tempo, 40 to 240; 0: free.")
    seed: Annotated[int, Field(ge=0, le=2**48 - 1)] | None = Field(None, description="The same seed, the same songs.")


class Params(SongParams):
    """v1 draws a cover unless told not to."""

    generate_album_cover: bool = Field(default=True, description="Draw an album cover as well.")


def check(params: SongParams) -> None:
    if not (params.prompt or params.music_style or params.lyrics):
        raise BadInput(NOTHING)
    check_sound(params)


def check_sound(params: SongParams) -> None:
    if params.make_instrumental and params.vocal_only:
        raise BadInput("make_instrumental and vocal_only exclude each other.")
    if params.key and not KEY.fullmatch(params.key):
        raise BadInput("key is a note and perhaps a mode, such as A minor, F# major, Bb or Cm.")
    if params.bpm and not SLOWEST_BPM <= params.bpm <= FASTEST_BPM:
        message = f"bpm is from {SLOWEST_BPM} to {FASTEST_BPM}; 0 leaves it free."
        raise BadInput(message)


def sung(params: Mapping[str, Any]) -> bool:
    return not params.get("make_instrumental")


FEATURE = Feature(
    name="music_ai",
    path="/v1/MusicAI",
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
    summary="Two songs from a prompt, or from lyrics and a style.",
    sample={"prompt": "A happy song about the sea", "music_style": "Pop", "generate_album_cover": False},
    events=song_events("music_ai", timed=sung),
    record=song_record,
    tasks=lambda _params: ("song", "lyrics", "pictures"),
    ready=True,
)
