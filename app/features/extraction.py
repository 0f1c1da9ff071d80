"""POST /v2/Extraction and /v1/Extraction – stems. Writes one output per stem, called like the stem."""

import json
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from app.contract.enums import Category, ConversionType, Lane, Preprocessing, Stem
from app.contract.fields import AudioParams, text_list
from app.features._spec import AUDIO, Done, Event, Feature, Fields, Price

DEFAULT = (Stem.DRUMS, Stem.BASS, Stem.PIANO, Stem.GUITAR)


def _stems(value: object) -> object:
    """Any spelling of a list; stems in any case, spaces and dashes for underscores; an empty list is the default."""
    names = text_list(value)
    if not isinstance(names, list):
        return names
    tidy = [n.strip().lower().replace(" ", "_").replace("-", "_") if isinstance(n, str) else n for n in names]
    return tidy or list(DEFAULT)


def _once_each(stems: list[Stem]) -> list[Stem]:
    return list(dict.fromkeys(stems))


def _options(value: object) -> object:
    names = text_list(value)
    return [n.strip().capitalize() if isinstance(n, str) else n for n in names] if isinstance(names, list) else names


class Params(AudioParams):
    """`stems` is JSON text of a list, a true list, or names separated by commas."""

    stems: Annotated[
        list[Stem], BeforeValidator(_stems), Field(max_length=2 * len(Stem)), AfterValidator(_once_each)
    ] = Field(list(DEFAULT), description="Stems to extract.")
    preprocessing_options: Annotated[list[Preprocessing], BeforeValidator(_options), Field(max_length=3)] = Field(
        [], description="Clean the audio first."
    )
    eco_mode: bool = Field(default=False, description="Faster, at some quality.")


def webhook(done: Done) -> Fields:
    """`audio_url` is a string that holds JSON: stem → link."""
    return {
        "audio_url": json.dumps(stems(done)),
        "conversion_cost": f"{done.cost:g}",
        "conversion_duration": round(done.duration_s, 3),
    }


def record(done: Done) -> Fields:
    text = json.dumps(stems(done))
    extras = {name: done.values[name] for name in ("stem_quality",) if name in done.values}
    return {"audio_url": text, "conversion_path": text, "conversion_path_wav": text, "stems": stems(done), **extras}


def stems(done: Done) -> dict[str, str]:
    return {name: link for name, link in done.links.items() if name in Stem.__members__.values()}


FEATURE = Feature(
    name="extraction",
    path="/v2/Extraction",
    aliases=("/v1/Extraction",),
    kind=ConversionType.EXTRACTION,
    params=Params,
    inputs=(AUDIO,),
    lane=Lane.GPU,
    category=Category.ENHANCEMENTS,
    price=Price("extraction"),
    display_name="Extraction",
    summary="Split a recording into stems: vocals, drums, bass and twenty more.",
    sample={"audio_url": "https://example.com/song.mp3", "stems": '["vocals", "drums"]', "eco_mode": False},
    events=(Event(webhook),),
    record=record,
    tasks=lambda params: ("separation", *(option.value.lower() for option in params.preprocessing_options)),
    ready=True,
)
