"""Lyrics from a prompt; writes values, no file."""

import secrets

from app.errors import JobFailed
from app.features.prompt_to_lyrics import Params
from models.base import LyricsWriter
from workers.context import Context

TASKS = ("lyrics",)
SEED_BITS = 32


def run(params: Params, ctx: Context) -> None:
    writer: LyricsWriter = ctx.engines.load("lyrics")
    try:
        written = writer.write(
            params.prompt, genre=params.genre or "", seed=secrets.randbits(SEED_BITS), report=ctx.report
        )
    except ValueError as error:
        raise JobFailed("unwritable", str(error)) from None
    ctx.set(lyrics=written.text, title=written.title, duration_s=0.0)
