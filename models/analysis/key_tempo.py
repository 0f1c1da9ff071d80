"""Key and tempo in one pass over a recording: the embedded engine behind extract_key_bpm."""

from models.analysis.key import UNKNOWN, KeyPath, find_key, relative
from models.analysis.key_scores import KEYS
from models.analysis.onsets import onset_strength
from models.analysis.peaks import BASS, MELODY, find_peaks
from models.analysis.tempo import find_tempo
from models.base import Audio, KeyTempo, Report, part_of

RATE_HZ = 22_050


class EmbeddedKeyTempo:
    """`KeyTempoAnalyser` without weights. Wants mono at RATE_HZ; memory stays small however long the recording is."""

    RATE_HZ = RATE_HZ

    def analyse(self, audio: Audio, *, report: Report) -> KeyTempo:
        """Key, its changes, and tempo of mono audio at 22,050 Hz.

        Raises ValueError for another rate, and whatever `report` raises. What has no tonal content gets the key
        "unknown", what has no pulse 0.0 bpm.
        """
        if audio.rate_hz != RATE_HZ:
            message = f"the analyser wants {RATE_HZ} Hz, not {audio.rate_hz}"
            raise ValueError(message)
        melody = find_peaks(audio, MELODY, part_of(report, 0.0, 0.3))
        bass = find_peaks(audio, BASS, part_of(report, 0.3, 0.5))
        keys = find_key(melody, bass, audio.duration_s, RATE_HZ)
        onsets = onset_strength(audio, part_of(report, 0.5, 0.9))
        tempo = find_tempo(onsets, RATE_HZ, part_of(report, 0.9, 1.0))
        report(1.0)
        return KeyTempo(
            key=UNKNOWN if keys is None else KEYS[keys.dominant],
            key_changes=_changes(keys, audio.duration_s),
            bpm=tempo.bpm,
            extras={
                "confidence": {
                    "key": round(keys.confidence, 3) if keys else 0.0,
                    "bpm": round(tempo.confidence, 3),
                },
                "relative_key": KEYS[relative(keys.dominant)] if keys else UNKNOWN,
                "tempo_alternatives": [
                    {"bpm": round(bpm, 2), "score": round(score, 3)} for bpm, score in tempo.alternatives
                ],
                "tuning_cents": round(100 * keys.tuning, 1) if keys else 0.0,
            },
        )


def _changes(keys: KeyPath | None, duration_s: float) -> dict[str, list[str]]:
    """Whole seconds, without gaps, from 0 to the end of the recording rounded up."""
    end = max(1, -int(-duration_s // 1))
    if keys is None:
        return {f"0-{end}": [UNKNOWN]}
    cuts = [0, *(round(start_s) for start_s, _, _ in keys.segments[1:]), end]
    names = [KEYS[key] for _, _, key in keys.segments]
    ranges = zip(cuts[:-1], cuts[1:], names, strict=True)
    return {f"{start}-{stop}": [name] for start, stop, name in ranges if stop > start}
