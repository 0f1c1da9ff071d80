"""A part of a recording replaced: everything else stays as it was, bit by bit, but for a short fade on both sides."""

import numpy as np

from models.base import Samples

NEAR_S = 3.0  # around the part, where both are the same music
MOST_DB = 6.0
QUIET = 1e-5


def spliced(original: Samples, new: Samples, first: int, last: int, fade: int) -> Samples:
    """`original` with frames `first` to `last` of `new`, both of shape (channels, frames).

    The fades lie outside: `fade` frames before `first` and after `last`, fewer at the ends of the recording. What is
    alike there is faded by amplitude, what is not by power.
    """
    found = original.copy()
    found[:, first:last] = new[:, first:last]
    left, right = max(first - fade, 0), min(last + fade, original.shape[1])
    rising = np.linspace(0, 1, first - left + 1, endpoint=False, dtype=np.float32)[1:]
    found[:, left:first] = faded(original[:, left:first], new[:, left:first], rising)
    falling = np.linspace(1, 0, right - last + 1, endpoint=False, dtype=np.float32)[1:]
    found[:, last:right] = faded(original[:, last:right], new[:, last:right], falling)
    return found


def faded(one: Samples, other: Samples, share: Samples) -> Samples:
    """From `one` to `other` as `share` goes from 0 to 1, with the power of the two between."""
    power = float(np.sqrt((one * one).sum(dtype=np.float64) * (other * other).sum(dtype=np.float64)))
    alike = float(np.clip((one * other).sum(dtype=np.float64) / power, 0, 1)) if power > 0 else 1.0
    rest = 1 - share
    level = np.sqrt(share**2 + rest**2 + 2 * alike * share * rest)
    return np.asarray((rest * one + share * other) / level, np.float32)


def level_of(original: Samples, new: Samples, first: int, last: int, rate_hz: int) -> float:
    """The gain that makes `new` as loud as `original` beside the part from `first` to `last`; at most 6 dB."""
    near = round(NEAR_S * rate_hz)
    places = np.r_[max(first - near, 0) : first, last : min(last + near, original.shape[1])]
    wanted, found = (
        float(np.sqrt(np.mean(np.square(sound[:, places], dtype=np.float64)))) if places.size else 0.0
        for sound in (original, new)
    )
    if min(wanted, found) < QUIET:
        return 1.0
    most = 10 ** (MOST_DB / 20)
    return float(np.clip(wanted / found, 1 / most, most))
