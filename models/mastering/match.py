"""How the settings of the chain follow from what was measured on a recording, its reference, and passes so far."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.dsp.third_octaves import CENTRES_HZ, Bands
from models.mastering.chain import NO_RATIO, Settings
from models.mastering.profile import TINY, Profile

MAX_BOOST_DB, MAX_CUT_DB = 18.0, 24.0
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

    weights: power gains of the K filter per band.
    """

    given: Profile
    reference: Profile
    bands: int
    weights: Bands

    def first(self, ceiling_dbtp: float) -> Settings:
        """Settings that would do if the limiter had nothing to do."""
        width_db = np.clip(self._missing_width(self.given), -MAX_WIDTH_DB, MAX_WIDTH_DB)
        wide = _filtered(self.given, np.zeros(CENTRES_HZ.size), width_db)
        everywhere = np.ones(CENTRES_HZ.size, np.bool_)
        tone_db = self._tone(self._missing_tone(wide, everywhere))
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

    def next(self, settings: Settings, result: Profile, slope: float, reduction_db: float) -> Settings:
        """Better settings, by what `settings` led to. slope: LU per dB of gain; reduction_db: the limiter's, usual."""
        width_db = np.clip(settings.width_db + self._missing_width(result), -MAX_WIDTH_DB, MAX_WIDTH_DB)
        tone_db = self._wanted_tone(settings, result)
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

    def tone_error_db(self, settings: Settings, result: Profile) -> float:
        """The greatest error of a band that could still be made better."""
        wanted = self._wanted_tone(settings, result)
        return float(np.abs(wanted - settings.tone_db).max())

    def ratio_error(self, settings: Settings, result: Profile) -> float:
        """By what factor the ratio could still be better; 1: not at all."""
        wanted = self._ratio(settings.ratio, result)
        return max(wanted / settings.ratio, settings.ratio / wanted)

    def _tone(self, gains_db: Bands) -> Bands:
        limited = np.clip(gains_db, -MAX_CUT_DB, MAX_BOOST_DB)
        return np.where(_is_noise(self.given), np.minimum(limited, 0.0), limited)

    def _wanted_tone(self, settings: Settings, result: Profile) -> Bands:
        """Bands at their limit stay out of the comparison of loudness: the others would follow them for ever."""
        free = (settings.tone_db < MAX_BOOST_DB) & (settings.tone_db > -MAX_CUT_DB) & ~_is_noise(self.given)
        return self._tone(settings.tone_db + self._missing_tone(result, free))

    def _missing_tone(self, result: Profile, free: Mask) -> Bands:
        """What each band lacks, in dB, once both are equally loud in `free` bands.

        Where there is nothing to compare, as in the nearest bands.
        """
        usable = self._sounds(self.given) & self._sounds(self.reference)
        if not (usable & free).any():
            return np.zeros(CENTRES_HZ.size)
        missing = _db(self.reference.power) - _db(result.power)
        weights = np.where(usable & free, self.weights, 0.0)
        missing -= _db(self.reference.power @ weights) - _db(result.power @ weights)
        at = np.arange(CENTRES_HZ.size)
        return np.interp(at, at[usable], missing[usable])

    def _missing_width(self, result: Profile) -> Bands:
        """DB of side over mid; 0 where one of both has none, so mono stays mono and hides no width."""
        usable = self._sounds(self.given) & self._sounds(self.reference)
        usable &= _has_width(self.given) & _has_width(self.reference)
        ratio = _db(self.reference.side) - _db(self.reference.mid) - _db(result.side) + _db(result.mid)
        return np.where(usable, ratio, 0.0)

    def _sounds(self, profile: Profile) -> Mask:
        """Bands that hold more than a noise floor."""
        level = _db(profile.power)
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
    return np.asarray(_db(profile.side) > _db(profile.mid) + NO_WIDTH_DB)


def _db(power: Bands | np.float64) -> Bands:
    return np.asarray(10 * np.log10(power + TINY))
