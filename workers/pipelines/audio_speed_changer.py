"""Faster or slower at the same pitch: decode, stretch and encode run side by side, block by block."""

from app.features.audio_speed_changer import Params
from workers.context import Context, natural_encoding

TASKS = ("speed",)


def run(params: Params, ctx: Context) -> None:
    encoding = natural_encoding(ctx.source.info, params.output_extension)
    channels = encoding.channels_for(ctx.source.info.channels)
    target = ctx.output("output", encoding.format)
    with ctx.read_blocks(channels=channels) as sound, ctx.write_blocks(target, encoding, like=sound) as write:
        stretched = ctx.engines.load("speed").stretch(
            sound.blocks, rate_hz=sound.rate_hz, channels=channels, speed=params.speed_change_factor
        )
        frames = sum(write(block) for block in stretched)
    ctx.set(duration_s=frames / sound.rate_hz)
