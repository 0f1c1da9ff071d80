"""Mastering against a reference: spectrum, width, dynamics and loudness of one recording made like another's."""

from collections.abc import Iterator
from dataclasses import replace

from models.base import Audio, Report, Samples
from models.dsp.loudness import ABSOLUTE_GATE_LUFS
from models.dsp.third_octaves import Bands, bands_within
from models.mastering.chain import Chain, Settings
from models.mastering.liveliness import liveliness_db
from models.mastering.match import Match
from models.mastering.profile import Profile, blocks_of, k_weights, measure

CEILING_DBTP = -1.0
MAX_PASSES = 4
RATIO_PASSES = 2
LOUDNESS_TOLERANCE_LU = 0.1
TONE_TOLERANCE_DB = 0.5
RATIO_TOLERANCE = 1.2
MEASURED, MATCHED = 0.2, 0.8  # of the progress: both recordings known, settings found
LISTENED = 0.8  # of the first part of it: both spectra known
LEAST_STEP_DB = 0.2


class SilentReferenceError(ValueError):
    """The reference holds nothing above -70 LUFS, where loudness begins in BS.1770."""


class ReferenceMasterer:
    """`Masterer`: match equaliser for mid and side, gentle compressor, soft clipper for loud references, limiter.

    Every pass over the recording is measured as its reference was, and the settings are made better by what is still
    missing (at most four passes, then the one whose result is given). Levels are matched per third octave, the method
    of Ma, Reiss & Black 2013 ("Implementation of an intelligent equalization tool"), by the calmest curve in twelfths
    of an octave that gives them (see `smoothest`); loudness and true peak are those of ITU-R BS.1770-5.

    Limits of the curve: -24 to +24 dB, +18 dB where the sound is as steady as hiss or hum, and bands of mere noise are
    not lifted at all; ±6 dB of width. Mono stays mono; expansion is never done. Where the reference is louder than the
    ceiling allows, the result is as loud as 12 dB of drive make it.
    """

    def master(
        self, audio: Audio, reference: Audio, *, report: Report, ceiling_dbtp: float = CEILING_DBTP
    ) -> Iterator[Samples]:
        """Blocks of `audio` mastered, together of its shape; all measuring is done before this returns.

        A silent recording comes back as it is. Raises SilentReferenceError.
        """
        wanted = measure(reference, blocks_of(reference), lambda done: report(MEASURED * LISTENED / 2 * done))
        if wanted.loudness_lufs <= ABSOLUTE_GATE_LUFS:
            raise SilentReferenceError("The reference holds no sound to master to")
        given = measure(audio, blocks_of(audio), lambda done: report(MEASURED * LISTENED / 2 * (1 + done)))
        if given.loudness_lufs <= ABSOLUTE_GATE_LUFS:
            return _reported(blocks_of(audio), audio, report)
        bands = min(bands_within(audio.rate_hz), bands_within(reference.rate_hz))
        lively_db = liveliness_db(audio, lambda done: report(MEASURED * (LISTENED + (1 - LISTENED) * done)))
        match = Match(given, wanted, bands, k_weights(audio.rate_hz), lively_db)
        settings = self._settings(audio, match, ceiling_dbtp, report)
        return _reported(Chain(audio, settings).blocks(), audio, report)

    def _settings(self, audio: Audio, match: Match, ceiling_dbtp: float, report: Report) -> Settings:
        settings = match.first(ceiling_dbtp)
        before: tuple[Settings, Profile] | None = None
        share = (MATCHED - MEASURED) / MAX_PASSES
        for number in range(MAX_PASSES):
            start = MEASURED + share * number
            chain = Chain(audio, settings)
            result = measure(audio, chain.blocks(), lambda done, start=start: report(start + share * done))  # type: ignore[misc]
            tone_db = match.better_tone(settings, result)
            if _is_done(match, settings, result, tone_db):
                break
            slope = _slope(before, (settings, result))
            before = settings, result
            if number < MAX_PASSES - 1:
                following = match.next(settings, result, tone_db, slope, chain.limiter.usual_reduction_db)
                # The last passes find the loudness: a compressor that moves under them would spoil it.
                settings = following if number < RATIO_PASSES else replace(following, ratio=settings.ratio)
            else:
                settings = match.louder(settings, result, slope)
        return settings


def _is_done(match: Match, settings: Settings, result: Profile, tone_db: Bands) -> bool:
    return (
        abs(result.loudness_lufs - match.reference.loudness_lufs) < LOUDNESS_TOLERANCE_LU
        and match.gained_db(settings, result, tone_db) < TONE_TOLERANCE_DB
        and match.ratio_error(settings, result) < RATIO_TOLERANCE
    )


def _slope(before: tuple[Settings, Profile] | None, now: tuple[Settings, Profile]) -> float:
    """LU per dB at the limiter's input between two passes."""
    if before is None:
        return 1.0
    step_db = now[0].drive_lufs - before[0].drive_lufs
    is_like = now[0].ratio == before[0].ratio and now[0].clip_dbtp == before[0].clip_dbtp
    if not is_like or abs(step_db) < LEAST_STEP_DB:
        return 1.0
    return (now[1].loudness_lufs - before[1].loudness_lufs) / step_db


def _reported(blocks: Iterator[Samples], audio: Audio, report: Report) -> Iterator[Samples]:
    done = 0
    for block in blocks:
        done += block.shape[1]
        report(MATCHED + (1 - MATCHED) * done / audio.samples.shape[1])
        yield block
