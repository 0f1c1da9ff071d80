"""What denoise, deecho and dereverb share: one audio in, the clean file and what was removed out.

Their pipelines write the outputs `clean` and `removed`.
"""

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import AudioParams
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price


class Params(AudioParams):
    """Only the shared audio input; there are no options."""


def restoration(
    name: str,
    kind: ConversionType,
    display_name: str,
    summary: str,
    message: str,
    files: dict[str, str],
    *,
    ready: bool = False,
) -> Feature:
    """`files`: webhook field → output name; an empty name is sent as an empty string, as the hosted service does."""

    def paths(done: Done) -> Fields:
        return {field: done.links[output] if output else "" for field, output in files.items()}

    def webhook(done: Done) -> Fields:
        return {
            "audio_path": done.input_link,
            **paths(done),
            "conversion_duration": round(done.duration_s, 3),
            "conversion_cost": done.cost,
            "message": message,
        }

    def record(done: Done) -> Fields:
        return {"audio_path": done.input_link, **paths(done), "conversion_path": done.links["clean"]}

    return Feature(
        name=name,
        path=f"/v1/{name}",
        aliases=() if name == "denoise" else (f"/v1/{name.replace('de', 'de_', 1)}",),
        kind=kind,
        params=Params,
        inputs=(AUDIO,),
        lane=Lane.GPU,
        category=Category.ENHANCEMENTS,
        price=Price(name),
        display_name=display_name,
        summary=summary,
        sample={"audio_url": "https://example.com/audio.mp3"},
        events=(Event(webhook),),
        record=record,
        tasks=lambda _params: (name,),
        ready=ready,
    )
