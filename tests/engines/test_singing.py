"""The singer: in tune, in time, in the voice that is asked for, whatever the words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models.base import Audio, Samples, SungLine, SungNote, SungWord, Voice
from models.singing.embedded import EmbeddedSinger
from models.speech import flite
from models.voices.pitch import HOP, RATE_HZ, Pitch, load_detector, pitch_of
from models.voices.profile import measure, resampled
from tests.support.talkers import talker
from workers.voices import shipped_shelf

SINGER = EmbeddedSinger()
ENGINES = ["flite", "espeak"]


def no_report(_fraction: float) -> None:
    return


def voice(voice_id: str, engine: str = "espeak") -> Voice:
    found = shipped_shelf(voice_id)
    if engine == "flite":
        if not flite.voices():
            pytest.skip("flite is not there")
        return found
    return replace(found, parameters={name: {**given, "flite": "none"} for name, given in found.parameters.items()})


def line(words: Sequence[str], pitches: Sequence[int], *, start_s: float = 0.5, note_s: float = 0.5) -> SungLine:
    """One note per word, the last twice as long."""
    notes = [
        SungNote(start_s + n * note_s, start_s + (n + 1 + (n == len(words) - 1)) * note_s, pitch)
        for n, pitch in enumerate(pitches)
    ]
    return SungLine(tuple(SungWord(word, (note,)) for word, note in zip(words, notes, strict=True)))


def sung(lines: Sequence[SungLine], by: Voice, duration_s: float = 4.0, seed: int = 0) -> Samples:
    return SINGER.sing(lines, voice=by, duration_s=duration_s, seed=seed, report=no_report)


def pitch(sound: Samples) -> Pitch:
    return pitch_of(load_detector(), resampled(sound[0], SINGER.rate_hz, RATE_HZ))


def cents_off(found: Pitch, note: SungNote) -> Samples:
    first, last = round((note.start_s + 0.12) * RATE_HZ / HOP), round((note.end_s - 0.06) * RATE_HZ / HOP)
    hz = found.hz[first:last][found.is_voiced[first:last]]
    return np.asarray(1200 * np.log2(hz / (440 * 2 ** ((note.pitch - 69) / 12))), np.float32)


def loudness(sound: Samples, start_s: float, end_s: float) -> float:
    part = sound[0, round(start_s * SINGER.rate_hz) : round(end_s * SINGER.rate_hz)]
    return float(np.sqrt(np.square(part).mean()))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("voice_id", "lowest"), [("rowan", 48), ("linnea", 60), ("sage", 55)])
def test_held_notes_are_in_tune(engine: str, voice_id: str, lowest: int) -> None:
    melody = line(["my", "love", "will", "always", "shine"], [lowest + step for step in (0, 4, 7, 5, 0)])

    sound = sung([melody], voice(voice_id, engine))

    assert sound.shape == (1, 4 * SINGER.rate_hz)
    found = pitch(sound)
    errors = [cents_off(found, note) for word in melody.words for note in word.notes]
    assert np.median([np.median(np.abs(error)) for error in errors]) < 20
    assert np.mean(np.concatenate([np.abs(error) < 50 for error in errors])) > 0.95


@pytest.mark.parametrize("engine", ENGINES)
def test_vowels_begin_with_their_notes(engine: str) -> None:
    """Words that begin with a consonant without voice: the voice comes in with the vowel."""
    melody = line(["so", "far", "to", "see"], [60, 62, 64, 60])

    found = pitch(sung([melody], voice("linnea", engine)))

    for word in melody.words[1:]:
        at = round(word.notes[0].start_s * RATE_HZ / HOP)
        around = found.is_voiced[at - 12 : at + 12]
        onsets = np.flatnonzero(around[1:] & ~around[:-1]) - 11
        if onsets.size:
            assert np.abs(onsets).min() * HOP / RATE_HZ < 0.06


def test_nobody_sings_before_after_and_between_lines() -> None:
    lines = [line(["hello"], [60], start_s=1.0), line(["world"], [62], start_s=4.0)]

    sound = sung(lines, voice("linnea"), 7.0)

    singing = loudness(sound, 1.1, 1.6)
    assert loudness(sound, 0.0, 0.5) < 0.01 * singing
    assert loudness(sound, 2.6, 3.4) < 0.01 * singing
    assert loudness(sound, 5.6, 7.0) < 0.01 * singing
    assert loudness(sound, 4.1, 4.6) > 0.3 * singing


def test_a_word_over_several_notes_moves_with_them() -> None:
    notes = tuple(SungNote(0.5 + 0.6 * n, 1.1 + 0.6 * n, p) for n, p in enumerate((60, 64, 67)))

    found = pitch(sung([SungLine((SungWord("oh", notes),))], voice("linnea")))

    for note in notes:
        assert np.median(np.abs(cents_off(found, note))) < 25


def test_more_syllables_than_notes_are_sung_all_the_same() -> None:
    sound = sung([line(["unbelievable", "day"], [60, 62], note_s=0.9)], voice("linnea"))

    assert loudness(sound, 0.6, 2.2) > 0.02


@pytest.mark.parametrize(
    "words",
    [
        ["oooh", "la-la", "don't"],
        ["42", "1999", "!?"],
        ["Straße", "naïve", "ñandú"],
        ["мир", "愛", "🎵"],
        ["mm", "hmm", "x"],
    ],
)
def test_any_word_makes_a_sound(words: list[str]) -> None:
    sound = sung([line(words, [60, 62, 64])], voice("linnea"))

    assert np.isfinite(sound).all()
    for n in range(3):
        assert loudness(sound, 0.5 + 0.5 * n, 1.0 + 0.5 * n) > 0.005


@pytest.mark.parametrize("note_s", [0.07, 3.5])
def test_fast_and_long_notes(note_s: float) -> None:
    sound = sung([line(["go", "on"], [60, 62], note_s=note_s)], voice("rowan"), 12.0)

    assert np.isfinite(sound).all()
    assert loudness(sound, 0.5, 0.5 + 3 * note_s) > 0.02


def test_a_long_note_has_vibrato_and_a_short_one_not() -> None:
    def swing(note_s: float) -> float:
        melody = line(["ah"], [62], note_s=note_s)
        off = cents_off(pitch(sung([melody], voice("linnea"), 6.0)), melody.words[0].notes[0])
        late = off[off.size // 2 :]
        return float(np.percentile(late, 95) - np.percentile(late, 5))

    assert swing(1.5) > 40
    assert swing(0.2) < 40


def test_the_same_seed_sings_the_same_and_another_a_little_differently() -> None:
    melody, by = [line(["again"], [60])], voice("linnea")

    assert np.array_equal(sung(melody, by), sung(melody, by))
    assert not np.array_equal(sung(melody, by), sung(melody, by, seed=1))


def test_a_voice_with_a_recording_is_heard_in_its_colour() -> None:
    recording = Audio(talker(150.0, 8.0, 24_000, tract=0.95), 24_000)
    own = Voice("own", "Own", "female", "en", measure(recording), recording)
    melody = [line(["my", "love", "will", "always", "shine"], [60, 62, 64, 62, 60])]

    plain, coloured = (
        np.array(measure(Audio(sung(melody, by), SINGER.rate_hz)).formants_hz) for by in (voice("linnea"), own)
    )

    target = np.array(own.profile.formants_hz)
    assert abs(np.log(coloured[2:] / target[2:])).mean() < abs(np.log(plain[2:] / target[2:])).mean()


@pytest.mark.parametrize("lines", [[], [SungLine(())], [SungLine((SungWord("la", ()),))]])
def test_no_notes_are_silence(lines: list[SungLine]) -> None:
    assert not sung(lines, voice("linnea")).any()


def test_notes_nobody_can_sing_are_told() -> None:
    with pytest.raises(ValueError, match="MIDI pitches 24 to 96"):
        sung([line(["la"], [120])], voice("linnea"))


def test_the_caller_can_stop_it() -> None:
    class Stop(Exception):
        pass

    def stop(fraction: float) -> None:
        if fraction > 0.3:
            raise Stop

    with pytest.raises(Stop):
        SINGER.sing(
            [line(["one"], [60], start_s=n + 0.5) for n in range(4)], voice=voice("linnea"), duration_s=6.0, report=stop
        )
