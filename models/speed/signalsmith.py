"""Time stretching by Signalsmith Stretch (MIT), made to stream.

The library stretches whole recordings only. Long ones are cut into overlapping segments at quiet moments; each segment
starts in phase with the recording, and two neighbours are aligned by correlation and cross-faded at constant power.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base import Samples

BLOCK_S = 0.12  # the library's own choice of analysis window
HOP_S = 0.03
MAX_INPUT_HOP_S = 0.045  # an input hop near the window would skip over transients
CONTEXT_S = 0.5  # stretched on both sides of a segment and thrown away
SEEK_S = 2.0  # where a quiet moment is sought before the end of a segment
QUIET_S = 0.02
FADE_S = 0.04
SLOWEST_CLEAN = 0.5  # in one pass
ALIGN_S = 0.01
MIN_SEGMENT_S = 6.0
MAX_SEGMENT_VALUES = 2_000_000  # of input or output, whichever is larger: 8 MB


@dataclass(slots=True)
class _Stretched:
    """Output of one segment; `start` is where its first frame belongs in the whole output."""

    samples: Samples
    start: int

    def at(self, start: int, frames: int) -> Samples:
        """Frames of the whole output that this segment covers; silence beyond its end."""
        first = start - self.start
        part = self.samples[:, max(first, 0) : max(first + frames, 0)]
        missing = frames - part.shape[1]
        if missing <= 0:
            return part
        return np.pad(part, ((0, 0), (missing, 0) if first < 0 else (0, missing)))


class SignalsmithStretcher:
    """`TimeStretcher` for 0.25 to 4 times the speed, any rate and number of channels."""

    def stretch(self, blocks: Iterator[Samples], *, rate_hz: int, channels: int, speed: float) -> Iterator[Samples]:
        """Blocks of shape (channels, frames) in, blocks out; N frames become round(N / speed), at least one.

        Holds about 20 s of stereo at a time, however long the recording is.
        """
        count = _Count()
        if speed < SLOWEST_CLEAN:  # the library then spreads phases at random: tones waver by some dB
            half = _Run(rate_hz, channels, math.sqrt(speed)).process(count.over(blocks))
            yield from _cut_to(_Run(rate_hz, channels, math.sqrt(speed)).process(half), count, speed)
        else:
            yield from _Run(rate_hz, channels, speed).process(blocks)


class _Count:
    """How many frames have passed."""

    def __init__(self) -> None:
        self.frames = 0

    def over(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self.frames += block.shape[1]
            yield block


def _cut_to(blocks: Iterator[Samples], count: _Count, speed: float) -> Iterator[Samples]:
    """Two roundings may be a frame off: the last block makes up for it."""
    held: Samples | None = None
    written = 0
    for block in blocks:
        if held is not None:
            written += held.shape[1]
            yield held
        held = block
    if held is not None:
        frames = max(round(count.frames / speed), 1) - written
        yield np.pad(held[:, :frames], ((0, 0), (0, max(frames - held.shape[1], 0))))


class _Run:
    def __init__(self, rate_hz: int, channels: int, speed: float) -> None:
        import python_stretch

        block = max(round(BLOCK_S * rate_hz), 16)
        self._engine: Any = python_stretch.Signalsmith.Stretch()
        self._engine.configure(channels, block, max(round(min(HOP_S, MAX_INPUT_HOP_S / speed) * rate_hz), 4))
        self._engine.setTimeFactor(speed)
        self._rate_hz = rate_hz
        self._channels = channels
        self._speed = speed
        self._context = round(CONTEXT_S * rate_hz)
        self._seek = round(SEEK_S * rate_hz)
        self._fade = max(round(FADE_S * rate_hz) // 2 * 2, 2)
        self._align = round(ALIGN_S * rate_hz)
        values = MAX_SEGMENT_VALUES / channels * min(speed, 1.0)
        self._segment = max(round(values), round(MIN_SEGMENT_S * rate_hz))
        self._shortest = 4 * block

    def process(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        before: _Stretched | None = None
        written = 0  # frames of output given so far
        held = np.zeros((self._channels, 0), np.float32)
        held_from = start = 0  # input frame numbers of the first held one, and of the segment's first
        ended = False
        while not ended:
            held, ended = self._fill(blocks, held, start - held_from + self._segment + self._context)
            end = held_from + held.shape[1] if ended else held_from + self._quiet(held, start - held_from)
            part = held[:, : end - held_from + self._context]
            segment = _Stretched(self._stretch(part), round(held_from / self._speed))
            if before is not None:
                joined, segment = self._join(before, segment, round(start / self._speed))
                yield joined
                written += joined.shape[1]
            last = max(round(end / self._speed), 1) if ended else round(end / self._speed) - self._fade // 2
            yield segment.at(written, last - written)
            written = last
            before, start = segment, end
            keep_from = max(end - self._context, 0)
            held, held_from = held[:, keep_from - held_from :], keep_from

    def _fill(self, blocks: Iterator[Samples], held: Samples, frames: int) -> tuple[Samples, bool]:
        """Read until `frames` are held; True when the recording has ended."""
        parts, count = [held], held.shape[1]
        while count < frames:
            block = next(blocks, None)
            if block is None:
                return np.concatenate(parts, axis=1), True
            parts.append(block)
            count += block.shape[1]
        return np.concatenate(parts, axis=1), False

    def _quiet(self, held: Samples, start: int) -> int:
        """The quietest moment near the end of the segment that begins at `start`."""
        step = max(round(QUIET_S * self._rate_hz), 1)
        first = start + self._segment - self._seek
        power = np.square(held[:, first : first + self._seek], dtype=np.float32).sum(axis=0)
        steps = power[: power.size // step * step].reshape(-1, step).sum(axis=1)
        smooth = np.convolve(steps, np.ones(3, np.float32), mode="valid")
        return first + (int(smooth.argmin()) + 1) * step + step // 2

    def _stretch(self, part: Samples) -> Samples:
        frames = part.shape[1]
        wanted = max(round(frames / self._speed), 1)
        padded = np.pad(part, ((0, 0), (0, max(self._shortest - frames, 0))))
        self._engine.reset()
        out = np.asarray(self._engine.process(np.ascontiguousarray(padded)), np.float32)[:, :wanted]
        return np.pad(out, ((0, 0), (0, wanted - out.shape[1])))

    def _join(self, before: _Stretched, after: _Stretched, seam: int) -> tuple[Samples, _Stretched]:
        """The cross-fade around `seam`, and the later segment moved to where it fits best."""
        first = seam - self._fade // 2
        old = before.at(first, self._fade)
        field = after.at(first - self._align, self._fade + 2 * self._align)
        shift, likeness = _best_shift(old, field)
        moved = _Stretched(after.samples, after.start + self._align - shift)
        new = moved.at(first, self._fade)
        rise = np.linspace(0.0, 1.0, self._fade, dtype=np.float32)
        fall = 1.0 - rise
        # Power of a sum of two signals with correlation r: a² + b² + 2abr.
        gain = 1.0 / np.sqrt(np.maximum(rise**2 + fall**2 + 2 * rise * fall * max(likeness, 0.0), 0.25))
        return ((fall * old + rise * new) * gain).astype(np.float32), moved


def _best_shift(old: Samples, field: Samples) -> tuple[int, float]:
    """Where in `field` the piece most like `old` begins, and its correlation coefficient."""
    mono, wide = old.mean(axis=0), field.mean(axis=0)
    products = np.correlate(wide, mono, mode="valid")
    squares = np.concatenate([[0.0], np.cumsum(np.square(wide, dtype=np.float64))])
    energy = squares[mono.size :] - squares[: -mono.size]
    own = float(np.square(mono, dtype=np.float64).sum())
    scores = products / np.sqrt(np.maximum(energy * own, 1e-20))
    best = int(scores.argmax())
    return best, float(scores[best]) if math.isfinite(scores[best]) else 0.0
