"""Vowels of one loudness whatever was spoken and however high it is sung; consonants in proportion to them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from models.singing.phones import Kind
from models.singing.timing import Placed
from models.singing.tract import BINS, FRAME_S, RATE_HZ, grid_hz

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
VOWEL_DBFS = -22.0
EAR_HZ = 500.0  # below, power counts less
EVENED = 0.85  # of the differences between vowels
STEADIED, STEADIED_DB, STEADIED_S = 0.7, 6.0, 0.1  # of the changes within one: speech rises and falls, a note does not
SOFTEST_DB, LOUDEST_DB = -30.0, 40.0  # gain of a vowel
UNVOICED_DB, HISS_DB = 4.0, 0.0  # clearer consonants, and no sharper hiss
HARMONICS_HZ, HARMONICS_DB, HARMONICS_S = 6000.0, 12.0, 0.15
WEAKER_DB, WEAKER_OBSTRUENT_DB = 3.0, 6.0  # nasals and liquids, and other consonants, against vowels: at least
LOUDEST_FRAME_DB, LOUDEST_PLAIN_DB = 2.0, 3.0  # any moment of a vowel, with and without the weighting of the ear
SONORANT_DB, SONORANT_RAISED_DB = 7.0, 9.0  # nasals and liquids below vowels, and by how much they are raised for that
LIMITED_S = 0.025
SILENT = 1e-16


def gains_db(level: Floats, hz: Floats, is_voiced: Flags, number: Numbers, places: Sequence[Placed]) -> Floats:
    """Gain in dB for each frame. level: log spectra in dB, of shape (frames, BINS); number: of each frame's place."""
    ear = np.square(grid_hz() / EAR_HZ) / (1 + np.square(grid_hz() / EAR_HZ))
    power = 10 ** (level / 10)
    whole = _db((power @ ear) / BINS)
    # Of voiced fricatives and plosives it is the noise that is heard, which no harmonic misses.
    is_tonal = _are(places, lambda place: place.phone.kind in {Kind.SONORANT, Kind.VOWEL})[number]
    sung = whole + np.where(is_tonal, _harmonics_db(power * ear, hz, whole), 0.0)
    gain = _along(whole, number, places)
    correction = np.clip(whole - sung, -HARMONICS_DB, HARMONICS_DB)
    gain += np.where(is_tonal, gaussian_filter1d(correction, HARMONICS_S / FRAME_S / 2, mode="nearest"), 0.0)
    is_held = _are(places, lambda place: place.is_held)[number]
    raised = np.where(
        is_tonal & ~is_held, np.clip(VOWEL_DBFS - SONORANT_DB - sung - gain, 0.0, SONORANT_RAISED_DB), 0.0
    )
    gain += gaussian_filter1d(raised, LIMITED_S / FRAME_S / 3, mode="nearest")
    plain = _db(power.sum(axis=1) / BINS) + sung - whole + gain
    below = np.where(is_held, -LOUDEST_FRAME_DB, np.where(is_tonal, WEAKER_DB, WEAKER_OBSTRUENT_DB))
    over = np.maximum(sung + gain - VOWEL_DBFS + below, plain - _most_plain(plain[is_held & is_voiced]))
    return np.asarray(gain - _limit(np.where(number >= 0, np.maximum(over, 0.0), 0.0), is_voiced))


def _along(whole: Floats, number: Numbers, places: Sequence[Placed]) -> Floats:
    """What brings the held vowels to one loudness, and what stands between them along with them."""
    knots, wanted, extra = [], [], np.zeros(whole.size)
    for index, place in enumerate(places):
        rows = np.flatnonzero(number == index)
        if not rows.size:
            continue
        if place.is_held:
            middle = rows[rows.size // 5 : max(rows.size - rows.size // 5, rows.size // 5 + 1)]
            heard = float(_db(np.mean(10 ** (whole[middle] / 10), keepdims=True))[0])
            knots += [int(rows[0]), int(rows[-1])]
            wanted += [VOWEL_DBFS - heard] * 2
            extra[rows] -= _unsteady_db(whole[rows], heard)
        elif place.phone.kind is Kind.UNVOICED:
            extra[rows] = HISS_DB if place.phone.is_sibilant or place.phone.name[:1] == "h" else UNVOICED_DB
    if not knots:
        return extra
    usual = float(np.median(wanted))
    evened = [float(np.clip(usual + EVENED * (gain - usual), SOFTEST_DB, LOUDEST_DB)) for gain in wanted]
    return np.asarray(np.interp(np.arange(whole.size), knots, evened) + extra)


def _unsteady_db(level: Floats, mean: float) -> Floats:
    """What is taken off a vowel that does not keep its loudness; nothing at its ends, where consonants shape it."""
    frames = STEADIED_S / FRAME_S
    slow = gaussian_filter1d(level, frames / 2, mode="nearest") - mean
    at = np.arange(level.size)
    window = np.clip(np.minimum(at, level.size - 1 - at) / (frames / 2), 0.0, 1.0)
    return np.asarray(STEADIED * np.clip(slow, -STEADIED_DB, STEADIED_DB) * window)


def _most_plain(vowels: Floats) -> float:
    """The most without the weighting of the ear, which does not count what low vowels carry."""
    return float(np.median(vowels)) + LOUDEST_PLAIN_DB if vowels.size else np.inf


def _limit(over: Floats, is_voiced: Flags) -> Floats:
    """Gain in dB to take off: of voices it falls before what would be too loud, and rises after it."""
    size = round(LIMITED_S / FRAME_S) | 1
    around = gaussian_filter1d(maximum_filter1d(over, size), size / 3, mode="nearest")
    return np.asarray(np.where(is_voiced, around, over))


def _are(places: Sequence[Placed], holds: Callable[[Placed], bool]) -> Flags:
    """For each place, and for none, which has the number -1, whether it holds."""
    return np.array([*(holds(place) for place in places), False])


def _db(power: Floats) -> Floats:
    return np.asarray(10 * np.log10(power + SILENT))


def _harmonics_db(power: Floats, hz: Floats, whole: Floats) -> Floats:
    """Power that the harmonics of `hz` find in the spectra, against all of it, in dB."""
    count = int(HARMONICS_HZ / max(float(hz.min()), 30.0))
    at = hz[:, None] * np.arange(1, count + 1)
    bins = at / (RATE_HZ / 2) * (BINS - 1)
    low = np.minimum(bins.astype(np.int64), BINS - 2)
    part = bins - low
    index = np.arange(hz.size)[:, None]
    found = power[index, low] * (1 - part) + power[index, low + 1] * part
    total = np.where(at < HARMONICS_HZ, found, 0.0).sum(axis=1) * hz / (RATE_HZ / 2)
    return _db(total) - whole
