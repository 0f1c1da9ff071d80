"""The album cover that songs and sounds may come with."""

from models.base import Painter, Report
from workers.context import Context

PIXELS, THUMB_PIXELS = 1024, 256
QUALITY = 90
STYLE = "standard"


def draw_cover(ctx: Context, *, title: str, prompt: str, seed: int, report: Report) -> None:
    """Write the outputs `cover` and `cover_thumb`, JPEG."""
    from PIL import Image

    painter: Painter = ctx.engines.load("pictures")
    words = ", ".join(filter(None, (prompt, title)))
    pixels = painter.paint(words, style=STYLE, width=PIXELS, height=PIXELS, seed=seed, report=report)
    picture = Image.fromarray(pixels)
    picture.save(ctx.output("cover", "jpg"), quality=QUALITY)
    small = picture.resize((THUMB_PIXELS, THUMB_PIXELS), Image.Resampling.LANCZOS)
    small.save(ctx.output("cover_thumb", "jpg"), quality=QUALITY)
    ctx.shown_names.update(cover=f"{title} (cover)", cover_thumb=f"{title} (cover small)")
