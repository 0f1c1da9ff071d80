"""Another pitch at the same duration and resonances: pitch-synchronous overlap-add (Moulines and Charpentier 1990).

Periods are set further apart or closer together; what is not voiced stays where it is, sample by sample.
"""

import functools
import itertools

import numpy as np
from numpy.typing import NDArray

from models.base import Samples
from models.voices.marks import Marks

Floats = NDArray[np.float64]


def moved(
    samples: Samples, rate_hz: int, marks: Marks, ratios: Floats, anchor_s: float | None
) -> tuple[Samples, Floats]:
    """Samples of shape (frames,) with the pitch at each mark multiplied by `ratios`; and the new marks in seconds.

    A new mark falls on `anchor_s` where that lies in a voiced stretch: pieces of a recording then fit together.
    """
    out = np.array(samples, np.float32)
    places = []
    starts = np.flatnonzero(marks.starts_run)
    for first, last in itertools.pairwise([*starts, marks.times_s.size]):
        if last - first > 1:
            run = slice(int(first), int(last))
            new_s = _places(marks.times_s[run], ratios[run], anchor_s)
            _move(out, samples, rate_hz, marks.times_s[run], marks.periods_s[run], ratios[run], new_s)
            places.append(new_s)
    return out, np.concatenate(places) if places else np.zeros(0)


def _places(times_s: Floats, ratios: Floats, anchor_s: float | None) -> Floats:
    """Marks of the new pitch within a voiced stretch."""
    steps = 0.5 * (ratios[1:] + ratios[:-1])  # new periods from one old mark to the next
    count = np.concatenate([[0.0], np.cumsum(steps)])
    start = 0.0
    if anchor_s is not None and times_s[0] <= anchor_s <= times_s[-1]:
        start = float(np.interp(anchor_s, times_s, count)) % 1.0
    return np.asarray(np.interp(np.arange(start, count[-1] + 1e-9), count, times_s))


def _move(
    out: Samples, samples: Samples, rate_hz: int, times_s: Floats, periods_s: Floats, ratios: Floats, new_s: Floats
) -> None:
    """Take the periods of one stretch out of `out`, and put them in again at their new places."""
    centres = np.rint(times_s * rate_hz).astype(np.int64)
    widths = np.maximum(np.diff(centres), 2)
    left = np.concatenate([[max(round(periods_s[0] * rate_hz), 2)], widths])
    right = np.concatenate([widths, [max(round(periods_s[-1] * rate_hz), 2)]])
    grains = []
    for centre, before, after in zip(centres.tolist(), left.tolist(), right.tolist(), strict=True):
        grain = _cut(samples, centre, before, after)
        _add(out, -grain, centre - before)
        grains.append(grain)
    nearest = np.searchsorted((times_s[1:] + times_s[:-1]) / 2, new_s)
    places = np.rint(new_s * rate_hz).astype(np.int64)
    for place, number in zip(places.tolist(), nearest.tolist(), strict=True):
        # More periods per second of the same height would be louder.
        gain = np.float32(1 / np.sqrt(ratios[number]))
        _add(out, grains[number] * gain, place - int(left[number]))


def _cut(samples: Samples, centre: int, before: int, after: int) -> Samples:
    """From one neighbour's mark to the other's, under a window that is 1 at the mark."""
    window = np.concatenate([_rise(before), _rise(after)[::-1]])
    first, last = centre - before, centre + after
    part = samples[max(first, 0) : max(last, 0)]
    part = np.pad(part, (max(-first, 0), 0))
    return np.asarray(np.pad(part, (0, last - first - part.size)) * window, np.float32)


@functools.lru_cache(maxsize=4096)
def _rise(size: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / size)).astype(np.float32)


def _add(out: Samples, grain: Samples, first: int) -> None:
    last = min(first + grain.size, out.size)
    if last > max(first, 0):
        out[max(first, 0) : last] += grain[max(-first, 0) : last - first]
