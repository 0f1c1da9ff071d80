"""A picture from a prompt."""

import secrets

from app.errors import JobFailed
from app.features.image_generator import SEEDS, Params
from models.base import Painter
from workers.context import Context

TASKS = ("pictures",)
PAINTED = 0.95  # share of the progress bar


def run(params: Params, ctx: Context) -> None:
    from PIL import Image

    painter: Painter = ctx.engines.load("pictures")
    seed = secrets.randbelow(SEEDS) if params.seed is None else params.seed
    try:
        pixels = painter.paint(
            params.prompt,
            style=params.style_preset.lower(),
            width=params.width,
            height=params.height,
            seed=seed,
            report=lambda fraction: ctx.report(PAINTED * fraction),
        )
    except ValueError as error:
        raise JobFailed("unpaintable", str(error)) from None
    Image.fromarray(pixels).save(ctx.output("image", "png"), compress_level=6)
    ctx.shown_names["image"] = params.prompt
    ctx.set(seed=seed, width=params.width, height=params.height)
