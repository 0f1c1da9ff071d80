"""POST /v1/Cover – a song sung by another voice. Writes output `output`."""

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import AudioParams, PitchSemitones, VoiceId
from app.features._spec import AudioInput, Done, Event, Feature, Fields, Price

MISSING = "Both audio_url and audio_file cannot be None"


class Params(AudioParams):
    """A voice of the library sings the song."""

    voice_id: VoiceId = Field(description="A voice of the library.")
    pitch: PitchSemitones = Field(0, description="Shift in semitones.")


def webhook(done: Done) -> Fields:
    return {
        "conversion_path": done.links["output"],
        "conversion_duration": round(done.duration_s, 3),
        "message": "Conversion Completed",
    }


FEATURE = Feature(
    name="cover",
    path="/v1/Cover",
    kind=ConversionType.COVER,
    params=Params,
    inputs=(AudioInput(missing=MISSING),),
    lane=Lane.GPU,
    category=Category.GENERATIONS,
    price=Price("cover"),
    tasks=lambda _params: ("separation", "voice", "speed", "speech"),
    ready=True,
    no_credit="Insufficient credit balance",
    display_name="Cover",
    summary="Let another voice sing a song.",
    sample={"audio_url": "https://example.com/song.mp3", "voice_id": "linnea", "pitch": 0},
    events=(Event(webhook),),
)
