"""Another key at the same speed: stretched, then played back faster or slower."""

from collections.abc import Iterator

import numpy as np

from models.base import Samples, TimeStretcher

OCTAVE = 12


def transposed(
    stretcher: TimeStretcher, blocks: Iterator[Samples], *, rate_hz: int, channels: int, semitones: float, frames: int
) -> Iterator[Samples]:
    """Blocks of shape (channels, n), `frames` in all, `semitones` higher; as many frames come out, lined up."""
    import soxr

    ratio = 2 ** (semitones / OCTAVE)
    faster = soxr.ResampleStream(rate_hz * ratio, rate_hz, channels, dtype="float32")
    done = 0
    for block in stretcher.stretch(blocks, rate_hz=rate_hz, channels=channels, speed=1 / ratio):
        out = np.asarray(faster.resample_chunk(np.ascontiguousarray(block.T))).T[:, : frames - done]
        done += out.shape[1]
        if out.shape[1]:
            yield np.asarray(out, np.float32)
    rest = np.asarray(faster.resample_chunk(np.zeros((0, channels), np.float32), last=True)).T[:, : frames - done]
    rest = np.pad(rest, ((0, 0), (0, frames - done - rest.shape[1])))
    if rest.shape[1]:
        yield np.asarray(rest, np.float32)
