"""What denoise, deecho and dereverb share: the clean file and what was removed, which sum to the input."""

import numpy as np

from models.base import Samples
from workers.context import Blocks, Context, lossless_encoding

DECODED = 0.1  # share of the progress bar
FULL_SCALE = 0.988  # a little below where the encoder's limiter begins, so that it never acts


def restore(task: str, ctx: Context) -> None:
    """Write the outputs `clean` and `removed`, both lossless; task: the restoring engine's."""
    engine = ctx.engines.load(task)
    info = ctx.source.info
    audio = ctx.read_audio(
        rate_hz=info.rate_hz, channels=info.channels, report=lambda fraction: ctx.report(DECODED * fraction)
    )
    encoding = lossless_encoding(info)
    shape = Blocks(iter(()), audio.rate_hz, info.channels)
    done = 0
    with (
        ctx.write_blocks(ctx.output("clean", encoding.format), encoding, like=shape) as write_clean,
        ctx.write_blocks(ctx.output("removed", encoding.format), encoding, like=shape) as write_removed,
    ):
        blocks = engine.clean(audio, report=lambda fraction: ctx.report(DECODED + (1 - DECODED) * fraction))
        for block in blocks:
            given = audio.samples[:, done : done + block.shape[1]]
            clean = block if encoding.is_float else within_scale(block, given)
            write_clean(clean)
            write_removed(given - clean)
            done += block.shape[1]
    ctx.set(duration_s=audio.duration_s)


def within_scale(clean: Samples, given: Samples) -> Samples:
    """`clean`, moved as little as both it and `given - clean` need to stay within full scale."""
    low, high = np.maximum(-FULL_SCALE, given - FULL_SCALE), np.minimum(FULL_SCALE, given + FULL_SCALE)
    return np.clip(clean, low, high).astype(np.float32)
