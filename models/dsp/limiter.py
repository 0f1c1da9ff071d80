"""A look-ahead limiter of true peaks."""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.base import Samples
from models.dsp.true_peak import PeakFinder

LOOK_AHEAD_S = 0.005
RELEASE_S = 0.06
MARGIN_DB = 0.25  # meters differ so far where it is loud near half the rate

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@njit(cache=True)
def _lengths(look: int) -> tuple[int, int]:
    """Of the two running means; together they reach over look + 1 frames."""
    return look // 2 + 1, look - look // 2 + 1


@njit(cache=True, nogil=True)
def _gains(
    peaks: Samples, ceiling: float, keep: float, ring: Floats, queue: Floats, sums: Floats, at: Counts, out: Floats
) -> float:
    """The gain for each frame, `look` frames late; returns the lowest.

    ring: (2, look + 2) past released gains and their means; queue: (2, look + 3) values and times of a monotonic
    queue; sums: the released gain, both running sums and the last peak; at: frame number, head and tail of the queue.
    """
    look = ring.shape[1] - 2
    first, second = _lengths(look)
    size = queue.shape[1]
    lowest = 1.0
    released, sum_1, sum_2, last = sums[0], sums[1], sums[2], sums[3]
    n, head, tail = at[0], at[1], at[2]
    for i in range(peaks.shape[0]):
        # Peaks stand for the time up to the next frame, so each concerns the frame after it too.
        highest = max(peaks[i], last)
        last = peaks[i]
        needed = ceiling / highest if highest > ceiling else 1.0
        while tail > head and queue[0, (tail - 1) % size] >= needed:
            tail -= 1
        queue[0, tail % size] = needed
        queue[1, tail % size] = n
        tail += 1
        while queue[1, head % size] < n - look:
            head += 1
        least = queue[0, head % size]
        released = min(least, 1.0 - (1.0 - released) * keep)
        # Two running means, together as long as the look-ahead: never above the lowest gain within it.
        slot = n % first
        sum_1 += released - ring[0, slot]
        ring[0, slot] = released
        mean = sum_1 / first
        slot = n % second
        sum_2 += mean - ring[1, slot]
        ring[1, slot] = mean
        gain = min(sum_2 / second, 1.0)
        out[i] = gain
        lowest = min(lowest, gain)
        n += 1
    # Sums afresh: rounding must not pile up over an hour.
    sums[0], sums[1], sums[2], sums[3] = released, ring[0, :first].sum(), ring[1, :second].sum(), last
    at[0], at[1], at[2] = n, head, tail
    return lowest


class TruePeakLimiter:
    """Keeps the true peak of all channels together at or below `ceiling_dbtp`; leaves what is below untouched.

    Gain of a sliding minimum over 5 ms, exponential release and triangular smoothing over the look-ahead, so that the
    gain is down in full when the peak comes. `process` keeps length and place. One instance per recording.
    """

    def __init__(self, rate_hz: int, channels: int, ceiling_dbtp: float, release_s: float = RELEASE_S) -> None:
        self._ceiling = 10 ** ((ceiling_dbtp - MARGIN_DB) / 20)
        look = max(round(LOOK_AHEAD_S * rate_hz), 2)
        self._keep = math.exp(-1 / (release_s * rate_hz))
        self._finder = PeakFinder(rate_hz, channels)
        self.delay = PeakFinder.DELAY + look
        self._held = np.zeros((channels, self.delay), np.float32)
        self._ring = np.ones((2, look + 2))
        self._queue = np.ones((2, look + 3))
        self._sums = np.array([1.0, *_lengths(look), 0.0])
        self._at = np.zeros(3, np.int64)
        self._reductions_db: list[float] = []

    @property
    def reduction_db(self) -> float:
        """Greatest gain reduction so far."""
        return max(self._reductions_db, default=0.0)

    @property
    def usual_reduction_db(self) -> float:
        """What it comes to in most places: the median over the blocks of the greatest in each."""
        return float(np.median(self._reductions_db)) if self._reductions_db else 0.0

    def process(self, blocks: Iterator[Samples]) -> Iterator[Samples]:
        """Blocks of shape (channels, frames) in, as many frames out."""
        late = self.delay
        for block in blocks:
            out = self._limit(block)
            yield out[:, late:]
            late = max(late - out.shape[1], 0)
        yield self._limit(np.zeros_like(self._held))[:, late:]

    def _limit(self, block: Samples) -> Samples:
        peaks = self._finder.find(block)
        gains = np.empty(peaks.size, np.float64)
        lowest = _gains(peaks, self._ceiling, self._keep, self._ring, self._queue, self._sums, self._at, gains)
        self._reductions_db.append(-20 * math.log10(lowest))
        delayed = np.concatenate([self._held, block], axis=1, dtype=np.float32)
        self._held = delayed[:, block.shape[1] :].copy()
        return np.asarray(delayed[:, : block.shape[1]] * gains.astype(np.float32), np.float32)
