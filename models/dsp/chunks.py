"""Long recordings in overlapping chunks, joined without a seam."""

from collections.abc import Callable, Iterator

import numpy as np

from models.base import Audio, Report, Samples


def in_chunks(
    audio: Audio,
    process: Callable[[Samples], Samples],
    *,
    chunk_s: float,
    overlap_s: float,
    report: Report,
) -> Iterator[Samples]:
    """Run `process` over chunks of `chunk_s` seconds that share `overlap_s` with their neighbours.

    `process` maps (channels, frames) to (rows, frames) and sees at most `chunk_s + overlap_s` seconds; where two
    chunks overlap, one is faded into the other (the fades sum to 1). Yields the result in order; its frames are
    those of `audio`. A last chunk shorter than the overlap is not made: the one before it is longer instead.
    """
    samples = audio.samples
    frames = samples.shape[1]
    step, overlap = round(chunk_s * audio.rate_hz), round(overlap_s * audio.rate_hz)
    fade = ((np.arange(overlap, dtype=np.float32) + 0.5) / max(overlap, 1)).astype(np.float32)
    tail = np.zeros((samples.shape[0], 0), np.float32)
    first = 0
    while first < frames:
        end = first + step + overlap
        is_last = end + overlap >= frames
        end = frames if is_last else end
        done = np.asarray(process(np.ascontiguousarray(samples[:, first:end])), np.float32)
        if tail.shape[1]:
            done[:, :overlap] = done[:, :overlap] * fade + tail * (1 - fade)
        if is_last:
            report(1.0)
            yield done
            return
        tail = done[:, step:].copy()
        first += step
        report(first / frames)
        yield done[:, :step]
