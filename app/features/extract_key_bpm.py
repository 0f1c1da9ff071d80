"""POST /v1/extract_key_bpm – key and tempo. Writes no file; values: dominant_key, key_changes, bpm and more."""

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import AudioParams
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price

EXTRAS = ("bpm_exact", "tempo_alternatives", "confidence", "relative_key", "downbeats")


class Params(AudioParams):
    """Only the shared audio input; there are no options."""


def webhook(done: Done) -> Fields:
    """`key_changes`: range in seconds → keys; `bpm` is an integer, `bpm_exact` is ours.

    What is not tonal has the key "unknown", what has no pulse 0 bpm.
    """
    return {
        "audio_path": done.input_link,
        "conversion_duration": f"{done.duration_s:g}",
        "key_changes": done.values["key_changes"],
        "dominant_key": done.values["dominant_key"],
        "bpm": done.values["bpm"],
    }


def record(done: Done) -> Fields:
    extras = {name: done.values[name] for name in EXTRAS if name in done.values}
    return {
        "dominant_key": done.values["dominant_key"],
        "key": done.values["dominant_key"],
        "bpm": done.values["bpm"],
        "key_changes": done.values["key_changes"],
        "audio_path": done.input_link,
        **extras,
    }


FEATURE = Feature(
    name="extract_key_bpm",
    path="/v1/extract_key_bpm",
    aliases=("/v1/KeyBpmExtract",),
    kind=ConversionType.KEY_BPM_EXTRACTION,
    params=Params,
    inputs=(AUDIO,),
    lane=Lane.CPU,
    category=Category.UTILITIES,
    price=Price("extract_key_bpm"),
    display_name="Key BPM Extraction",
    summary="Find the key, its changes over time, and the tempo.",
    sample={"audio_url": "https://example.com/song.mp3"},
    events=(Event(webhook),),
    record=record,
    tasks=lambda _params: ("key_tempo", "beats", "key"),
    ready=True,
)
