"""POST /v1/image_to_song – two songs that fit a picture. Outputs: see _songs."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Uploaded, Url
from app.errors import BadInput
from app.features._songs import TAKES, song_events, song_record
from app.features._spec import AudioInput, Feature, Price, Reply
from app.features.music_ai import SongParams, check_sound, sung


class Params(SongParams):
    """The picture is a link or an upload: JPEG, PNG, GIF, BMP or WEBP."""

    image_url: Url | None = Field(None, description="Direct link to the picture.")
    image_file: Uploaded | None = Field(None, description="The picture as an upload.")


IMAGE = AudioInput("image_url", "image_file", "image_file or image_url is required.", media="image")


def check(params: Params) -> None:
    check_sound(params)
    if params.voice_id and params.vocal_only:
        raise BadInput("voice_id and vocal_only exclude each other.")


FEATURE = Feature(
    name="image_to_song",
    path="/v1/image_to_song",
    kind=ConversionType.IMAGE_TO_SONG,
    params=Params,
    inputs=(IMAGE,),
    check=check,
    reply=Reply.B,
    takes=lambda _params: TAKES,
    quantity=lambda _params: TAKES,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("song_v6", "song"),
    display_name="Music AI",
    accepted_message="Message Published To Queue",
    summary="Two songs that fit a picture.",
    sample={"image_url": "https://example.com/sea.jpg", "prompt": "Calm"},
    events=song_events("music_ai", timed=sung, covered=lambda _params: True),
    record=song_record,
    tasks=lambda _params: ("song", "lyrics", "pictures"),
    ready=True,
)
