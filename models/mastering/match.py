"""How the settings of the chain follow from what was measured on a recording, its reference, and passes so far."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.dsp.third_octaves import AT_CENTRES, CENTRES_HZ, TWELFTHS_HZ, Bands, thirds
from models.mastering.chain import NO_RATIO, Settings
from models.mastering.profile import TINY, Profile
from models.mastering.tone import per_twelfth, smoothest

MAX_BOOST_DB, MAX_CUT_DB = 24.0, 24.0
STEADY_BOOST_DB = 18.0  # at most, where the sound may be hiss or hum
STEADY_DB, LIVELY_DB = 3.0, 9.0  # between the quiet and the loud of a band; in between the limit rises
MAX_FALL_DB = 12.0  # of the whole by the curve, as far as the limits go along
SHAPE_DB = 3.0  # of boost within a band beyond the limit of the band as a whole
AT_LIMIT_DB = 0.5  # below a limit
MAX_WIDTH_DB = 6.0
LOWEST_MATCHED_HZ = 30.0  # the high-pass acts on what is below
EMPTY_DB = -70.0  # below the strongest band: nothing to match
CUT_OFF_DB = 40.0  # a fall for good that no music has: a codec or a rate ended the spectrum
CUT_OFF_HZ = 2000.0
NOISE_CONTRAST_DB, SOUND_CONTRAST_DB = 3.0, 20.0
NO_WIDTH_DB = -40.0  # side below mid
MAX_RATIO = 3.0
RANGE_TOLERANCE_LU = 0.5
LOUD_PARTS_LU = 2.0  # above the integrated loudness
MAX_GAIN_DB = 40.0
MAX_DRIVE_DB = 12.0  # of gain beyond what would do without a limiter; more hardly makes it louder
FLATTEST, STEEPEST = 0.4, 1.0  # LU per dB of gain
CLIPPED_FROM_LUFS = -10.0
CLEAN_REDUCTION_DB = 4.0  # what a limiter does alone without being heard much
CLIP_DEPTH_DB = 3.0
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Match:
    """Compares passes over `given` with `reference`, over the lowest `bands` third octaves.

    weights: power gains of the K filter at TWELFTHS_HZ; lively_db: of `given`, see liveliness_db.
    """

    given: Profile
    reference: Profile
    bands: int
    weights: Bands
    lively_db: Bands

    def first(self, ceiling_dbtp: float) -> Settings:
        """Settings that would do if the limiter had nothing to do."""
        width_db = np.clip(self._missing_width(self.given), -MAX_WIDTH_DB, MAX_WIDTH_DB)
        flat_db = np.zeros(TWELFTHS_HZ.size)
        everywhere = np.ones(CENTRES_HZ.size, np.bool_)
        wide = _filtered(self.given, flat_db, width_db)
        tone_db = self._tone(Settings(level_lufs=self.given.loudness_lufs), wide, everywhere)
        level = self._level(tone_db, width_db)
        return Settings(
            tone_db=tone_db,
            width_db=width_db,
            ratio=self._ratio(NO_RATIO, self.given),
            level_lufs=level,
            middle_lufs=level - self._below_lu(),
            gain_db=min(self.reference.loudness_lufs - level, MAX_GAIN_DB),
            ceiling_dbtp=ceiling_dbtp,
        )

    def next(self, settings: Settings, result: Profile, tone_db: Bands, slope: float, reduction_db: float) -> Settings:
        """Better settings, by what `settings` led to.

        tone_db: see better_tone; slope: LU per dB of gain; reduction_db: the limiter's, usual.
        """
        width_db = np.clip(settings.width_db + self._missing_width(result), -MAX_WIDTH_DB, MAX_WIDTH_DB)
        level = self._level(tone_db, width_db)
        louder = self.louder(settings, result, slope)
        return replace(
            louder,
            gain_db=min(louder.gain_db + settings.level_lufs - level, MAX_GAIN_DB),
            tone_db=tone_db,
            width_db=width_db,
            ratio=self._ratio(settings.ratio, result),
            level_lufs=level,
            middle_lufs=level - self._below_lu(),
            clip_dbtp=self._clip(settings, reduction_db),
        )

    def louder(self, settings: Settings, result: Profile, slope: float) -> Settings:
        """Only the gain made better."""
        missing_lu = self.reference.loudness_lufs - result.loudness_lufs
        most = min(self.reference.loudness_lufs - settings.level_lufs + MAX_DRIVE_DB, MAX_GAIN_DB)
        gain_db = settings.gain_db + missing_lu / min(max(slope, FLATTEST), STEEPEST)
        return replace(settings, gain_db=min(gain_db, most))

    def better_tone(self, settings: Settings, result: Profile) -> Bands:
        """The curve that gives every band what it lacks after `settings`, which led to `result`."""
        return self._tone(settings, result, self._free(settings))

    def gained_db(self, settings: Settings, result: Profile, tone_db: Bands) -> float:
        """By how much the error of a band becomes smaller at best with this curve."""
        missing = self._missing_tone(result, self._free(settings))
        left = missing - _db(thirds(result.power * 10 ** ((tone_db - settings.tone_db) / 10))) + _db(result.thirds)
        return float((np.abs(missing) - np.abs(left))[self._usable].max(initial=0.0))

    def ratio_error(self, settings: Settings, result: Profile) -> float:
        """By what factor the ratio could still be better; 1: not at all."""
        wanted = self._ratio(settings.ratio, result)
        return max(wanted / settings.ratio, settings.ratio / wanted)

    @property
    def _usable(self) -> Mask:
        """Bands that both recordings fill."""
        return self._sounds(self.given) & self._sounds(self.reference)

    def _highest_db(self, settings: Settings) -> Bands:
        """How far each band may be lifted over the whole.

        Mere noise not at all, and what is as steady as hiss or hum less than what comes and goes. Where the curve makes
        the whole quieter, gain follows, and that lifts too.
        """
        spread_db = np.maximum(np.ptp(_db(self.given.quarters), axis=0), self.lively_db)
        limit_db = np.interp(spread_db, [STEADY_DB, LIVELY_DB], [STEADY_BOOST_DB, MAX_BOOST_DB])
        whole_db = np.clip(settings.level_lufs - self.given.loudness_lufs, -MAX_FALL_DB, 0.0)
        return np.asarray(np.where(_is_noise(self.given), 0.0, limit_db) + whole_db, np.float64)

    def _free(self, settings: Settings) -> Mask:
        """Bands that can still go both ways.

        Those at their limit stay out of the comparison of loudness: the others would follow them for ever.
        """
        tone_db = settings.tone_db[AT_CENTRES]
        below = tone_db < self._highest_db(settings) - AT_LIMIT_DB
        return np.asarray(below & (tone_db > -MAX_CUT_DB + AT_LIMIT_DB) & ~_is_noise(self.given))

    def _tone(self, settings: Settings, result: Profile, free: Mask) -> Bands:
        usable, highest_db = self._usable, self._highest_db(settings)
        shaped_db = np.where(_is_noise(self.given), highest_db, np.minimum(highest_db + SHAPE_DB, MAX_BOOST_DB))
        limits_db = np.full(TWELFTHS_HZ.size, -MAX_CUT_DB), per_twelfth(shaped_db)
        if not usable.any():
            return np.minimum(settings.tone_db, limits_db[1])
        flat = result.power / 10 ** (settings.tone_db / 10)  # what a curve of 0 dB would lead to
        flat_db = _db(thirds(flat))
        wanted_db = _db(result.thirds) + self._missing_tone(result, free)
        wanted_db = np.clip(wanted_db, flat_db - MAX_CUT_DB, flat_db + highest_db)
        return smoothest(flat, wanted_db, usable, limits_db, settings.tone_db)

    def _missing_tone(self, result: Profile, free: Mask) -> Bands:
        """What each band lacks, in dB, once both are equally loud in `free` bands."""
        compared = self._usable & free
        missing = _db(self.reference.thirds) - _db(result.thirds)
        if compared.any():
            weights = np.where(compared, self.weights[AT_CENTRES], 0.0)
            missing -= _db(self.reference.thirds @ weights) - _db(result.thirds @ weights)
        return missing

    def _missing_width(self, result: Profile) -> Bands:
        """DB of side over mid; 0 where one of both has none, so mono stays mono and hides no width."""
        usable = self._usable & _has_width(self.given) & _has_width(self.reference)
        return per_twelfth(np.where(usable, _width_db(self.reference) - _width_db(result), 0.0))

    def _sounds(self, profile: Profile) -> Mask:
        """Bands that hold more than a noise floor."""
        level = _db(profile.thirds)
        sounds = level > max(level.max() + EMPTY_DB, _db(np.array(TINY)) + 1)
        highest_after = np.maximum.accumulate(level[self.bands - 1 : 0 : -1])[::-1]
        falls = (highest_after < level[: self.bands - 1] - CUT_OFF_DB) & (CENTRES_HZ[: self.bands - 1] > CUT_OFF_HZ)
        sounds[int(np.argmax(falls)) + 1 if falls.any() else self.bands :] = False
        return np.asarray(sounds & ~_is_noise(profile) & (CENTRES_HZ > LOWEST_MATCHED_HZ))

    def _below_lu(self) -> float:
        """How far the middle of the momentary loudness lies below the integrated one, which the loud parts make."""
        return max(self.given.range_lu / 2 - LOUD_PARTS_LU, 0.0)

    def _level(self, tone_db: Bands, width_db: Bands) -> float:
        """Loudness after the equaliser."""
        after = _filtered(self.given, tone_db, width_db).power @ self.weights
        return float(self.given.loudness_lufs + _db(after) - _db(self.given.power @ self.weights))

    def _ratio(self, ratio: float, result: Profile) -> float:
        """Never below 1: what is missing of dynamics cannot be had back."""
        if self.reference.range_lu <= 0:
            return ratio
        wider = result.range_lu - self.reference.range_lu
        if abs(wider) < RANGE_TOLERANCE_LU:
            return ratio
        return float(np.clip(ratio * result.range_lu / self.reference.range_lu, NO_RATIO, MAX_RATIO))

    def _clip(self, settings: Settings, reduction_db: float) -> float | None:
        """The clipper takes the uppermost dB of what the limiter had to take alone in the pass before."""
        is_loud = self.reference.loudness_lufs > CLIPPED_FROM_LUFS and reduction_db > CLEAN_REDUCTION_DB
        if settings.clip_dbtp is not None or not is_loud:
            return settings.clip_dbtp
        return settings.ceiling_dbtp + reduction_db - CLIP_DEPTH_DB


def _filtered(profile: Profile, tone_db: Bands, width_db: Bands) -> Profile:
    tone = 10 ** (tone_db / 10)
    return replace(profile, mid=profile.mid * tone, side=profile.side * tone * 10 ** (width_db / 10))


def _is_noise(profile: Profile) -> Mask:
    """Bands that are as loud in the quiet parts as in the loud ones, of a recording that has quiet parts."""
    quarters = _db(profile.quarters)
    whole = _db(profile.quarters.sum(axis=1))
    return np.asarray((np.ptp(quarters, axis=0) < NOISE_CONTRAST_DB) & (np.ptp(whole) > SOUND_CONTRAST_DB))


def _has_width(profile: Profile) -> Mask:
    return np.asarray(_width_db(profile) > NO_WIDTH_DB)


def _width_db(profile: Profile) -> Bands:
    return np.asarray(_db(thirds(profile.side)) - _db(thirds(profile.mid)))


def _db(power: Bands | np.float64) -> Bands:
    return np.asarray(10 * np.log10(power + TINY))
