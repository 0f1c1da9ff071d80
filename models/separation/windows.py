"""A network that takes segments of fixed length, run over a recording of any length in bounded memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.base import Report, Samples

Run = Callable[[Samples], Samples]
"""(batch, channels, segment frames) → (batch, stems, channels, segment frames)."""
MOST_OVERLAP = 0.9


@dataclass(frozen=True, slots=True)
class Plan:
    """Where segments begin. They cover the recording with the least number, spread evenly."""

    segment: int
    starts: tuple[int, ...]

    @classmethod
    def of(cls, frames: int, *, segment: int, overlap: float, shift: int = 0) -> "Plan":
        """`overlap`: the least share of a segment that it has in common with the next, 0 to 0.9.

        `shift`: the first segment begins so many frames before the recording.
        """
        if not 0 <= overlap <= MOST_OVERLAP:
            message = f"overlap must be 0 to {MOST_OVERLAP}, not {overlap}"
            raise ValueError(message)
        if frames + shift <= segment:
            return cls(segment, ((frames - segment) // 2,))  # in the middle of silence
        stride = max(int(segment * (1 - overlap)), 1)
        count = -(-(frames + shift - segment) // stride) + 1
        starts = np.linspace(-shift, frames - segment, count).round()
        return cls(segment, tuple(int(start) for start in starts))


def triangle(segment: int) -> Samples:
    """Weight of each frame of a segment: the middle counts most, as networks know least at their edges (Défossez)."""
    up = np.arange(1, segment // 2 + 1)
    down = np.arange(segment - segment // 2, 0, -1)
    return np.asarray(np.concatenate([up, down]) / max(segment // 2, 1), np.float32)


def overlapped(mix: Samples, run: Run, plan: Plan, *, stems: int, batch: int, report: Report) -> Iterator[Samples]:
    """Run a network over all segments of `mix` (channels, frames) and fade the results into each other.

    Yields blocks of shape (stems, channels, frames) in order, which together are as long as the mix. At most one
    segment and a batch are in memory.
    """
    channels, frames = mix.shape
    weight = triangle(plan.segment)
    total = np.zeros((stems, channels, plan.segment), np.float32)
    weights = np.zeros(plan.segment, np.float32)
    at = plan.starts[0]  # the frame of the recording that total[..., 0] stands for
    for first in range(0, len(plan.starts), batch):
        report(first / len(plan.starts))
        starts = plan.starts[first : first + batch]
        pieces = run(np.stack([_cut(mix, start, plan.segment) for start in starts]))
        for start, piece in zip(starts, pieces, strict=True):
            ready = start - at
            if ready:
                yield _settled(total[..., :ready], weights[:ready], at, frames)
                total = np.concatenate([total[..., ready:], np.zeros((stems, channels, ready), np.float32)], axis=-1)
                weights = np.concatenate([weights[ready:], np.zeros(ready, np.float32)])
                at = start
            total += weight * piece
            weights += weight
    yield _settled(total, weights, at, frames)
    report(1.0)


def _settled(total: Samples, weights: Samples, at: int, frames: int) -> Samples:
    """The part that lies inside the recording, divided by its weights."""
    inside = slice(max(-at, 0), max(-at, 0) + min(frames, at + weights.size) - max(at, 0))
    return np.asarray(total[..., inside] / weights[inside], np.float32)


def _cut(mix: Samples, start: int, length: int) -> Samples:
    """Frames from `start` on, with silence where there is no recording."""
    frames = mix.shape[1]
    part = np.zeros((mix.shape[0], length), np.float32)
    first, last = max(start, 0), min(start + length, frames)
    part[:, first - start : last - start] = mix[:, first:last]
    return part


def mean_of(runs: Sequence[Iterator[Samples]]) -> Iterator[Samples]:
    """The mean of several streams of blocks (…, frames) that are equally long but cut differently."""
    waiting = [next(run, None) for run in runs]
    while all(block is not None for block in waiting):
        blocks = [block for block in waiting if block is not None]
        ready = min(block.shape[-1] for block in blocks)
        if ready:
            yield np.asarray(sum(block[..., :ready] for block in blocks) / len(blocks), np.float32)
        left = [block[..., ready:] for block in blocks]
        waiting = [rest if rest.shape[-1] else next(run, None) for rest, run in zip(left, runs, strict=True)]
