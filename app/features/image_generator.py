"""POST /v1/image_generator – a picture from a prompt. Writes output `image` (PNG)."""

from typing import Annotated

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane, StylePreset
from app.contract.fields import Lowered, Prompt
from app.contract.fields import Params as TaskParams
from app.errors import BadInput
from app.features._spec import Body, Done, Event, Feature, Fields, Price

SEEDS = 2**48  # of which one is drawn where none is given; JSON numbers hold it exactly
MISSING = "prompt is required."
Pixels = Annotated[int, Field(ge=64, le=2048, multiple_of=16)]


class Params(TaskParams):
    """Sizes are multiples of 16."""

    prompt: Prompt = Field(description="What the picture shows.")
    style_preset: Annotated[StylePreset, Lowered] = Field(StylePreset.STANDARD, description="Its look, in any case.")
    height: Pixels = Field(960, description="Pixels.")
    width: Pixels = Field(544, description="Pixels.")
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = Field(None, description="The same seed, the same picture.")


def check(params: Params) -> None:
    if not params.prompt.strip():
        raise BadInput(MISSING)


def webhook(done: Done) -> Fields:
    return {"conversion_path": done.links["image"], "message": "Image Generation Completed"}


def record(done: Done) -> Fields:
    """The request echoed, with the seed that makes the same picture again."""
    return {
        "conversion_path": done.links["image"],
        "prompt": done.params.get("prompt") or "",
        "style_preset": done.params.get("style_preset") or "",
        "width": done.params.get("width"),
        "height": done.params.get("height"),
        "seed": done.values.get("seed"),
    }


FEATURE = Feature(
    name="image_generator",
    path="/v1/image_generator",
    kind=ConversionType.IMAGE_GENERATOR,
    params=Params,
    body=Body.URLENCODED,
    lane=Lane.CPU,
    category=Category.GENERATIONS,
    price=Price("image", "request"),
    display_name="Image Generator",
    summary="A picture from a prompt.",
    sample={"prompt": "The sea at night", "style_preset": "Abstract"},
    events=(Event(webhook),),
    record=record,
    errors={"prompt": MISSING},
    check=check,
    tasks=lambda _params: ("pictures",),
    ready=True,
)
