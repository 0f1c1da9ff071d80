"""GET /v1/prompt_to_lyrics – lyrics about something, answered at once. Value: lyrics."""

from typing import Annotated

from pydantic import Field

from app.contract.enums import Category, ConversionType, Lane
from app.contract.fields import Params as TaskParams
from app.features._spec import Feature, Price

LENGTH = "Prompt must be between 1 and 1000 characters."


class Params(TaskParams):
    """What the lyrics are about, and perhaps a genre."""

    prompt: Annotated[str, Field(min_length=1, max_length=1000)] = Field(description="What the lyrics are about.")
    genre: Annotated[str, Field(max_length=100)] | None = Field(None, description="Genre of the song.")


FEATURE = Feature(
    name="prompt_to_lyrics",
    path="/v1/prompt_to_lyrics",
    aliases=("/v1/lyrics_generator",),
    kind=ConversionType.LYRICS_GENERATOR,
    params=Params,
    method="GET",
    errors={"prompt": LENGTH},
    error_status={"prompt": 400},
    lane=Lane.CPU,
    category=Category.GENERATIONS,
    price=Price("lyrics", "request"),
    display_name="Lyrics Generator",
    accepted_message="Lyrics generated successfully",
    summary="Lyrics from a prompt, in the answer itself.",
    sample={"prompt": "A sailor who misses the sea"},
    events=(),
    record=lambda done: {name: done.values.get(name, "") for name in ("lyrics", "title")},
    tasks=lambda _params: ("lyrics",),
    ready=True,
    answers_directly=True,
)
