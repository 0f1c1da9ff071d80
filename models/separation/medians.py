"""Medians of spectrograms: along time, along frequency, and over frames that sound alike."""

from typing import Any

import numpy as np
from numba import njit

from models.base import Samples


def along_time(magnitude: Samples, width: int) -> Samples:
    """Running median over `width` (odd) frames of each bin of (frames, bins); reflected at the ends."""
    return np.ascontiguousarray(along_frequency(np.ascontiguousarray(magnitude.T), width).T)


def along_frequency(magnitude: Samples, width: int) -> Samples:
    """Running median over `width` (odd) bins of each frame of (frames, bins); reflected at the ends."""
    half = min(width // 2, magnitude.shape[1] - 1)
    padded = np.pad(magnitude, ((0, 0), (half, half)), "reflect" if half else "edge")
    out = np.empty(magnitude.shape, np.float32)
    _running(np.ascontiguousarray(padded, np.float32), 2 * half + 1, out)
    return out


def over_similar(magnitude: Samples, similar: Any) -> Samples:  # noqa: ANN401 - integers of shape (frames, neighbours)
    """Median of each bin over the frames named in `similar`, for each frame of (frames, bins)."""
    out = np.empty(magnitude.shape, np.float32)
    _gathered(np.ascontiguousarray(magnitude, np.float32), np.ascontiguousarray(similar, np.int64), out)
    return out


@njit(cache=True, nogil=True)
def _running(rows: Any, width: int, out: Any) -> None:  # noqa: ANN401 - numba arrays
    ordered = np.empty(width, np.float32)
    for row in range(rows.shape[0]):
        x = rows[row]
        ordered[:] = np.sort(x[:width])
        out[row, 0] = ordered[width // 2]
        for at in range(1, out.shape[1]):
            old, new = x[at - 1], x[at + width - 1]
            place = np.searchsorted(ordered, old)
            while place + 1 < width and ordered[place + 1] < new:
                ordered[place] = ordered[place + 1]
                place += 1
            while place > 0 and ordered[place - 1] > new:
                ordered[place] = ordered[place - 1]
                place -= 1
            ordered[place] = new
            out[row, at] = ordered[width // 2]


@njit(cache=True, nogil=True)
def _gathered(frames: Any, similar: Any, out: Any) -> None:  # noqa: ANN401 - numba arrays
    count = similar.shape[1]
    found = np.empty(count, np.float32)
    for frame in range(frames.shape[0]):
        for bin_ in range(frames.shape[1]):
            for number in range(count):
                value = frames[similar[frame, number], bin_]
                place = number
                while place > 0 and found[place - 1] > value:
                    found[place] = found[place - 1]
                    place -= 1
                found[place] = value
            middle = found[count // 2]
            out[frame, bin_] = middle if count % 2 else 0.5 * (middle + found[count // 2 - 1])
