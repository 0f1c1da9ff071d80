"""A sound effect from a prompt, and a cover where it is asked for."""

import secrets

from app.contract.enums import AudioFormat
from app.errors import JobFailed
from app.features.sound_generator import Params
from models.base import Effect, EffectMaker, part_of
from workers.context import BLOCK_FRAMES, Blocks, Context, Encoding
from workers.pipelines._covers import draw_cover

TASKS = ("effects",)
OPTIONAL = ("pictures",)
USUAL_LENGTH_S = 5
MADE, DRAWN = 0.9, 0.97  # shares of the progress bar
SEEDS = 2**48
MOST_TITLE_CHARS = 60


def run(params: Params, ctx: Context) -> None:
    """Write output `output`, and `cover` and `cover_thumb`; set duration_s, seed, sounds and unknown_words."""
    maker: EffectMaker = ctx.engines.load("effects")
    seed = secrets.randbelow(SEEDS)
    length_s = float(params.audio_length or USUAL_LENGTH_S)
    try:
        effect = maker.make(params.prompt, duration_s=length_s, seed=seed, report=part_of(ctx.report, 0.0, MADE))
    except ValueError as error:
        raise JobFailed("effect_impossible", str(error)) from None
    title = " ".join(params.prompt.split())[:MOST_TITLE_CHARS]
    ctx.shown_names["output"] = title
    if params.generate_album_cover:
        draw_cover(ctx, title=title, prompt=params.prompt, seed=seed, report=part_of(ctx.report, MADE, DRAWN))
    _write(effect, ctx)
    ctx.set(
        duration_s=effect.audio.duration_s, seed=seed, sounds=list(effect.heard), unknown_words=list(effect.unknown)
    )
    ctx.report(1.0)


def _write(effect: Effect, ctx: Context) -> None:
    samples, rate_hz = effect.audio.samples, effect.audio.rate_hz
    encoding = Encoding(AudioFormat.WAV, rate_hz)
    shape = Blocks(iter(()), rate_hz, samples.shape[0])
    with ctx.write_blocks(ctx.output("output", encoding.format), encoding, like=shape) as write:
        for first in range(0, samples.shape[1], BLOCK_FRAMES):
            write(samples[:, first : first + BLOCK_FRAMES])
