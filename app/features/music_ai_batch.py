"""POST /v2/MusicAI/batch – one song. Outputs: see _songs, one take."""

from app.contract.enums import Category, ConversionType, Lane
from app.features._songs import song_events, song_record
from app.features._spec import Body, Feature, Price
from app.features.music_ai import NO_CREDIT, check
from app.features.music_ai_v2 import Params

FEATURE = Feature(
    name="music_ai_batch",
    path="/v2/MusicAI/batch",
    kind=ConversionType.MUSIC_AI,
    params=Params,
    check=check,
    body=Body.JSON,
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("song_v6", "song"),
    no_credit=NO_CREDIT,
    display_name="Music AI",
    summary="One song from a prompt, or from lyrics and a style.",
    sample={"prompt": "A happy song about the sea"},
    events=song_events("music_ai", takes=1),
    record=song_record,
    tasks=lambda _params: ("song", "lyrics", "pictures"),
    ready=True,
)
