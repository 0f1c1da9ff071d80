"""The album cover that songs and sounds may come with."""

from models.base import Painter, Report
from workers.context import Context

PIXELS, THUMB_PIXELS = 1024, 256
QUALITY, THUMB_QUALITY = 90, 86


def draw_cover(
    ctx: Context,
    *,
    title: str,
    prompt: str,
    seed: int,
    report: Report,
    genre: str = "",
    mood: str = "",
    key: str = "",
    bpm: float = 0.0,
) -> None:
    """Write the outputs `cover` and `cover_thumb`, square JPEG files of 1024 and 256 pixels.

    What is painted is what the prompt or the title name, else what suits the genre; `mood` (a word), `key` (such as
    "A minor") and `bpm` (0: not known) tune it. The title is set on it where the font has its letters.
    """
    from PIL import Image

    from models.pictures.cover import lettered, names_colours, plan_cover, turned, with_pulse

    painter: Painter = ctx.engines.load("pictures")
    plan = plan_cover(title=title, prompt=prompt, genre=genre, mood=mood, key=key, seed=seed)
    pixels = painter.paint(plan.prompt, style=plan.style, width=PIXELS, height=PIXELS, seed=seed, report=report)
    if not names_colours(plan.prompt):
        pixels = turned(pixels, key)
    pixels = with_pulse(pixels, bpm, plan, seed=seed)
    picture = Image.fromarray(lettered(pixels, title, plan.layout))
    picture.save(ctx.output("cover", "jpg"), quality=QUALITY, subsampling=0)
    small = picture.resize((THUMB_PIXELS, THUMB_PIXELS), Image.Resampling.LANCZOS)
    small.save(ctx.output("cover_thumb", "jpg"), quality=THUMB_QUALITY)
    ctx.shown_names.update(cover=f"{title} (cover)", cover_thumb=f"{title} (cover small)")
