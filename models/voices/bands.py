"""The mean spectrum of a voice in 40 mel bands."""

import numpy as np
from numpy.typing import NDArray

from models.base import Samples

Floats = NDArray[np.float64]
BANDS = 40
LOWEST_HZ, HIGHEST_HZ = 60.0, 12_000.0
WINDOW_S = 0.04
BLOCK_ROWS = 500
USABLE = 0.46  # of the sampling rate: above, resamplers have rolled off
FLOOR_DB = 70.0  # what lies as far below the strongest band is not the voice
FALL_DB = 12.0  # per octave, of voices above what a recording holds


def mel(hz: Floats | float) -> Floats:
    return np.asarray(2595 * np.log10(1 + np.asarray(hz) / 700), np.float64)


def edges_hz() -> Floats:
    """Lower edge, centre and upper edge of band n are values n, n + 1 and n + 2."""
    mels = np.linspace(mel(LOWEST_HZ), mel(HIGHEST_HZ), BANDS + 2)
    return np.asarray(700 * (10 ** (mels / 2595) - 1), np.float64)


def centres_hz() -> Floats:
    return edges_hz()[1:-1]


def envelope_db(mono: Samples, rate_hz: int, voiced_s: Floats) -> Floats:
    """Mean power in the bands around the times `voiced_s`, of shape (40,); the mean of the bands is 0.

    What the recording does not hold is continued as voices usually fall.
    """
    size = round(WINDOW_S * rate_hz)
    starts = np.rint(voiced_s * rate_hz).astype(np.int64) - size // 2
    starts = starts[(starts >= 0) & (starts + size <= mono.size)]
    window = np.hanning(size)
    total = np.zeros(size // 2 + 1)
    for first in range(0, starts.size, BLOCK_ROWS):
        rows = mono[starts[first : first + BLOCK_ROWS, None] + np.arange(size)]
        total += np.square(np.abs(np.fft.rfft(rows * window, axis=1))).sum(axis=0)
    return levelled(total, np.arange(total.size, dtype=np.float64) * (rate_hz / size))


def levelled(power: Floats, hz: Floats) -> Floats:
    """A power spectrum, given at the frequencies `hz`, in the bands."""
    edges = edges_hz()
    # Linear between the measured frequencies: low bands are narrower than their distance.
    fine = np.linspace(edges[:-2], edges[2:], 65)
    weight = 1 - np.abs(np.linspace(-1, 1, 65))[:, None]
    mean = (np.interp(fine, hz, power) * weight).sum(axis=0) / weight.sum(axis=0)
    bands_db = 10 * np.log10(np.maximum(mean, 1e-20))
    is_heard = (edges[2:] < 2 * USABLE * hz[-1]) & (bands_db > bands_db.max() - FLOOR_DB)
    last = int(np.flatnonzero(is_heard).max(initial=0))
    octaves = np.log2(edges[1:-1] / edges[last + 1])
    bands_db = np.where(np.arange(BANDS) > last, bands_db[last] - FALL_DB * octaves, bands_db)
    return np.asarray(bands_db - bands_db.mean())
