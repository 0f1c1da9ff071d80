"""The curve of an equaliser that gives third octaves the levels they should have."""

import numpy as np
from numpy.typing import NDArray

from models.dsp.third_octaves import AT_CENTRES, CENTRES_HZ, SHARES, TWELFTHS, TWELFTHS_HZ, Bands

PER_OCTAVE = float(1 / np.log2(TWELFTHS_HZ[1] / TWELFTHS_HZ[0]))
# Prices over an octave, in squared dB of a band's error.
BEND = 5e-6  # of (1 dB per octave squared) squared
SLOPE = 1e-5  # of (1 dB per octave) squared
SLOPE_UNASKED = 0.1  # the same where no band asks for anything: there the curve goes on level
TOLERANCE = 1e-5
MARGIN_DB = 1e-3  # the solver starts within the limits
TINY = 1e-20


def per_twelfth(gains_db: Bands) -> Bands:
    """Gains per third octave, drawn level by level to TWELFTHS_HZ."""
    from scipy.interpolate import PchipInterpolator

    at = np.clip(TWELFTHS_HZ, CENTRES_HZ[0], CENTRES_HZ[-1])
    return np.asarray(PchipInterpolator(np.log(CENTRES_HZ), gains_db)(np.log(at)))


def smoothest(
    power: Bands, wanted_db: Bands, asks: NDArray[np.bool_], limits_db: tuple[Bands, Bands], start_db: Bands
) -> Bands:
    """Gains at TWELFTHS_HZ after which sound of `power` has `wanted_db` in the third octaves that ask for it.

    A gain per third octave cannot do it where tones near an edge fill two bands that want different things. So the
    least squares of the bands' errors, by the slopes of their filters, are found together with those of the curve's
    slope and bend: of all curves that do, the calmest, and where none does, the one that spreads what is missing.

    power, limits_db (lowest, highest), start_db: (twelfths,); wanted_db, asks: (thirds,).
    """
    from scipy.optimize import least_squares

    filters, wanted = SHARES[:, asks], wanted_db[asks]
    calm = _calm(asks)

    def residuals(gains_db: Bands) -> Bands:
        level_db = 10 * np.log10((power * 10 ** (gains_db / 10)) @ filters + TINY)
        return np.concatenate([level_db - wanted, calm @ gains_db])

    def jacobian(gains_db: Bands) -> Bands:
        parts = (power * 10 ** (gains_db / 10))[:, None] * filters
        return np.concatenate([(parts / (parts.sum(axis=0) + TINY)).T, calm])

    lowest_db, highest_db = limits_db
    start_db = np.clip(start_db, lowest_db + MARGIN_DB, highest_db - MARGIN_DB)
    found = least_squares(residuals, start_db, jacobian, limits_db, xtol=TOLERANCE, ftol=TOLERANCE)
    return np.asarray(found.x)


def _calm(asks: NDArray[np.bool_]) -> Bands:
    """What the slopes and bends of a curve cost, as rows over TWELFTHS_HZ."""
    is_asked = np.zeros(TWELFTHS_HZ.size, np.bool_)
    first = AT_CENTRES.start - TWELFTHS // 2
    is_asked[first : first + TWELFTHS * asks.size] = np.repeat(asks, TWELFTHS)
    price = np.where(is_asked[1:] & is_asked[:-1], SLOPE, SLOPE_UNASKED)
    steps = np.diff(np.eye(TWELFTHS_HZ.size), axis=0)
    slopes = steps * PER_OCTAVE * np.sqrt(price / PER_OCTAVE)[:, None]
    bends = np.diff(steps, axis=0) * PER_OCTAVE**2 * np.sqrt(BEND / PER_OCTAVE)
    return np.concatenate([slopes, bends])
