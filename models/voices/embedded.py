"""Voice conversion without weights: register, vocal tract and colour of a voice, not its identity.

Resonances are moved and the spectrum coloured by a filter that follows the sound (envelopes by CheapTrick, Morise
2015); the pitch is moved by overlap-add of its periods. Consonants pass through both nearly as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from models.base import Audio, Report, Samples, Voice, VoiceProfile, part_of
from models.voices.colour import Change, Colourer, change, tract_ratio
from models.voices.marks import marks_of
from models.voices.overlap import moved
from models.voices.pieces import PIECE_S, converted, fitted
from models.voices.pitch import RATE_HZ, SEMITONES, Pitch, load_detector, pitch_of, semitones
from models.voices.profile import heard, measured, resampled

WORK_RATES_HZ = (32_000, 48_000)  # least and most
MEASURED = 0.02  # of the progress
SPREADS = (0.7, 1.4)  # least and most change of the melody's range
SAME_PITCH, SAME_FORMANTS = 0.1, 0.01  # semitones; ratio: nothing is moved
SAME_COLOUR_DB = 0.5
TRIAL_S = 20.0
LARGEST_MISS = 1.5  # semitones
SUNG_ABOVE = 5.0  # semitones by which people sing higher than they speak


@dataclass(frozen=True, slots=True)
class Plan:
    """How a recording is changed. tones: semitones; spread: factor of the distance from the median."""

    median_hz: float
    tones: float
    spread: float
    colour: Change | None

    @property
    def moves_pitch(self) -> bool:
        return abs(self.tones) > SAME_PITCH or abs(self.spread - 1) > SAME_FORMANTS

    def ratio(self, hz: Any) -> Any:  # noqa: ANN401 - a number or an array
        return 2 ** ((self.tones + (self.spread - 1) * semitones(hz, self.median_hz)) / SEMITONES)


def plan(source: VoiceProfile, voice: VoiceProfile, pitch_semitones: float, *, sung: bool) -> Plan:
    apart = float(semitones(voice.pitch_hz, source.pitch_hz))
    wide = voice.pitch_spread / max(source.pitch_spread, 0.1)
    if sung:
        tones, spread = octaves(source.pitch_hz, voice.pitch_hz), 1.0
    else:
        tones, spread = apart, float(np.clip(np.sqrt(wide), *SPREADS))
    ratio, wanted = tract_ratio(source, voice), change(source, voice)
    is_same = abs(ratio - 1) < SAME_FORMANTS and np.abs(wanted.colour_db).max() < SAME_COLOUR_DB
    return Plan(source.pitch_hz, tones + pitch_semitones, spread, None if is_same else wanted)


@dataclass(slots=True)
class EmbeddedVoices:
    """`VoiceConverter` for any recording of one speaker or singer; what is not voiced is nearly left alone."""

    needs_reference: ClassVar[bool] = False
    _detector: Any = field(default_factory=load_detector)

    def convert(
        self, audio: Audio, *, voice: Voice, pitch_semitones: float = 0.0, sung: bool = False, report: Report
    ) -> Iterator[Samples]:
        """As the Protocol says. Stereo becomes one sound, as loud in each channel as it was.

        A recording with less than a second of voice is moved by `pitch_semitones` alone.
        """
        sample = heard(audio)
        try:
            source = measured(self._detector, sample, audio.rate_hz)
        except ValueError:
            wanted = Plan(100.0, pitch_semitones, 1.0, None)
        else:
            wanted = plan(source, voice.profile, pitch_semitones, sung=sung)
            if not sung and wanted.moves_pitch:
                wanted = self._closer(wanted, sample[: round(TRIAL_S * audio.rate_hz)], audio.rate_hz)
        report(MEASURED)
        if wanted.colour is None and not wanted.moves_pitch:
            yield from _as_it_is(audio, report)
            return
        run = _Run(self._detector, audio.rate_hz, wanted)
        yield from converted(audio, run.piece, part_of(report, MEASURED, 1.0))

    def recolour(self, audio: Audio, *, voice: Voice, report: Report) -> Iterator[Samples]:
        """The recording with the resonances and the colour of the voice, its pitch untouched."""
        try:
            source = measured(self._detector, heard(audio), audio.rate_hz)
        except ValueError:
            yield from _as_it_is(audio, report)
            return
        run = _Run(self._detector, audio.rate_hz, Plan(source.pitch_hz, 0.0, 1.0, change(source, voice.profile)))
        yield from converted(audio, run.piece, report)

    def _closer(self, wanted: Plan, mono: Samples, rate_hz: int) -> Plan:
        """The plan, corrected by what it gives: in noise and echo other moments are voiced afterwards."""
        said = _Run(self._detector, rate_hz, wanted).piece(mono, 0.0, mono.size / rate_hz)
        before, after = (pitch_of(self._detector, resampled(part, rate_hz, RATE_HZ)) for part in (mono, said))
        if not before.is_voiced.any() or not after.is_voiced.any():
            return wanted
        aim_hz = float(np.median(before.voiced_hz * wanted.ratio(before.voiced_hz)))
        missed = float(np.clip(semitones(float(np.median(after.voiced_hz)), aim_hz), -LARGEST_MISS, LARGEST_MISS))
        return replace(wanted, tones=wanted.tones - missed)


def octaves(sung_hz: float, voice_hz: float) -> float:
    """The whole octaves, in semitones, that bring a singer next to a voice whose pitch was measured in speech."""
    return SEMITONES * float(np.rint((float(semitones(voice_hz, sung_hz)) + SUNG_ABOVE) / SEMITONES))


def _as_it_is(audio: Audio, report: Report) -> Iterator[Samples]:
    frames, step = audio.samples.shape[1], round(PIECE_S * audio.rate_hz)
    for first in range(0, frames, step):
        report(max(min((first + step) / frames, 1.0), MEASURED))
        yield np.array(audio.samples[:, first : first + step], np.float32)


class _Run:
    """One recording. Each piece goes on where the one before it stopped."""

    def __init__(self, detector: Any, rate_hz: int, wanted: Plan) -> None:  # noqa: ANN401
        self._detector, self._rate_hz, self._plan = detector, rate_hz, wanted
        least, most = WORK_RATES_HZ
        self._work_hz = most if rate_hz > most else rate_hz * -(-least // rate_hz)
        self._colourer = Colourer(self._work_hz, wanted.colour) if wanted.colour else None
        self._anchor_s: float | None = None

    def piece(self, mono: Samples, start_s: float, seam_s: float) -> Samples:
        """The mono piece that begins at `start_s`, converted; its next seam will be at `seam_s`."""
        rate_hz = self._rate_hz
        work = resampled(mono, rate_hz, self._work_hz)
        above = mono - fitted(resampled(work, self._work_hz, rate_hz), mono.size) if rate_hz > self._work_hz else None
        analysed = resampled(mono, rate_hz, RATE_HZ)
        pitch = pitch_of(self._detector, analysed)
        done = self._colourer.colour(work, analysed, pitch) if self._colourer else work
        if self._plan.moves_pitch and analysed.size:
            done = self._moved(done, analysed, pitch, start_s, seam_s)
        out = fitted(resampled(done, self._work_hz, rate_hz), mono.size)
        return out if above is None else out + above

    def _moved(self, work: Samples, analysed: Samples, pitch: Pitch, start_s: float, seam_s: float) -> Samples:
        marks = marks_of(analysed, pitch)
        ratios = np.asarray(self._plan.ratio(1 / marks.periods_s), np.float64)
        anchor_s = None if self._anchor_s is None else self._anchor_s - start_s
        out, places_s = moved(work, self._work_hz, marks, ratios, anchor_s)
        places_s = places_s + start_s
        self._anchor_s = float(places_s[np.abs(places_s - seam_s).argmin()]) if places_s.size else None
        return out
