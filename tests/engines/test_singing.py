"""The embedded singer: in tune, in time, with words; nothing that lyrics or scores may hold breaks it."""

import functools
from collections.abc import Sequence

import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfiltfilt

from app.contract.voices import shipped_voices
from models.base import Audio, Samples, SungLine, SungNote, SungWord, Voice, VoiceProfile
from models.catalogue import built_in
from models.singing.embedded import EmbeddedSinger
from models.speech import flite
from models.speech.process import SpeechFailed
from models.voices.pitch import HOP, Pitch, load_detector, pitch_of
from models.voices.pitch import RATE_HZ as PITCH_RATE_HZ
from models.voices.profile import measure
from tests.support.media import level_db, no_report

RATE_HZ = EmbeddedSinger.rate_hz
LIBRARY = shipped_voices()
NEEDS_FLITE = pytest.mark.skipif(not flite.voices(), reason="flite is not on PATH")
ENGINES = [pytest.param(True, marks=NEEDS_FLITE, id="flite"), pytest.param(False, id="espeak")]
SINGERS = [("rowan", 48), ("linnea", 60), ("sage", 54)]


def shipped(voice_id: str, *, with_flite: bool = False) -> Voice:
    entry = LIBRARY[voice_id]
    speech = dict(entry.parameters["speech"]) | ({} if with_flite else {"flite": ""})
    return Voice(entry.id, entry.name, entry.gender, entry.language, profile(), None, {"speech": speech})


def profile(**changes: float | tuple[float, ...]) -> VoiceProfile:
    values = {"pitch_hz": 150.0, "pitch_spread": 2.0, "formants_hz": (450.0, 1500.0, 2700.0, 3800.0)}
    return VoiceProfile(**(values | {"envelope_db": (0.0,) * 40} | changes))  # type: ignore[arg-type]


def line(text: str, *notes: tuple[float, int], start_s: float = 0.5) -> SungLine:
    """One word per note; of a word written like walk+ing, as many notes as parts. notes: (length in s, pitch)."""
    words, at_s, left = [], start_s, list(notes)
    for word in text.split(" "):
        sung = []
        for _ in word.split("+"):
            length_s, pitch = left.pop(0) if left else notes[-1]
            sung.append(SungNote(at_s, at_s + length_s, pitch))
            at_s += length_s
        words.append(SungWord(word.replace("+", ""), tuple(sung)))
    return SungLine(tuple(words))


def sung(lines: Sequence[SungLine], voice: Voice, duration_s: float, seed: int = 1) -> Samples:
    return EmbeddedSinger().sing(lines, voice=voice, duration_s=duration_s, seed=seed, report=no_report)


def heard_pitch(samples: Samples) -> Pitch:
    return pitch_of(detector(), soxr.resample(samples[0], RATE_HZ, PITCH_RATE_HZ))


@functools.cache
def detector() -> object:
    return load_detector()


def notes_of(lines: Sequence[SungLine]) -> list[SungNote]:
    return [note for one in lines for word in one.words for note in word.notes]


def cents(pitch: Pitch, note: SungNote) -> Samples:
    """Of the voiced moments well inside a note, against the score."""
    times_s = np.arange(pitch.hz.size) * HOP / PITCH_RATE_HZ
    inside = pitch.is_voiced & (times_s > note.start_s + 0.12) & (times_s < note.end_s - 0.06)
    return np.asarray(1200 * np.log2(pitch.hz[inside] / (440 * 2 ** ((note.pitch - 69) / 12))), np.float32)


def band(samples: Samples, low_hz: float, high_hz: float, start_s: float, end_s: float) -> float:
    filtered = sosfiltfilt(butter(4, (low_hz, high_hz), "bandpass", fs=RATE_HZ, output="sos"), samples[0])
    return level_db(filtered[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)])


@pytest.mark.parametrize("with_flite", ENGINES)
@pytest.mark.parametrize(("voice_id", "root"), SINGERS)
def test_it_sings_the_tune(voice_id: str, root: int, with_flite: bool) -> None:
    tune = [(0.5, 0), (0.4, 4), (0.4, 7), (0.5, 5), (0.3, 12), (0.4, 2), (1.6, 0)]
    song = [line("Walk+ing in the moon+light now", *((length_s, root + step) for length_s, step in tune))]

    out = sung(song, shipped(voice_id, with_flite=with_flite), 5.0)

    pitch = heard_pitch(out)
    off = [cents(pitch, note) for note in notes_of(song)]
    medians = [float(np.median(one)) for one in off if one.size >= 3]
    assert len(medians) >= 5
    assert np.median(np.abs(medians)) <= 8
    assert max(map(abs, medians)) <= 35
    assert np.mean(np.abs(np.concatenate(off)) < 50) >= 0.97


@pytest.mark.parametrize("with_flite", ENGINES)
@pytest.mark.parametrize(("voice_id", "root"), SINGERS)
def test_vowels_begin_with_their_notes(voice_id: str, root: int, with_flite: bool) -> None:
    """Where the band of the first formants has risen to half of what it is in the note."""
    song = [line("sat top cat pass tap", (0.5, root), (0.5, root + 2), (0.4, root + 4), (0.4, root + 2), (0.8, root))]

    out = sung(song, shipped(voice_id, with_flite=with_flite), 4.0)

    power = np.square(sosfiltfilt(butter(3, (200, 1200), "bandpass", fs=RATE_HZ, output="sos"), out[0]))
    loud = np.sqrt(np.convolve(power, np.ones(441) / 441, "same"))
    late_s = []
    for note in notes_of(song):
        first = round((note.start_s - 0.15) * RATE_HZ)
        inside = loud[round((note.start_s + 0.05) * RATE_HZ) : round((note.start_s + 0.12) * RATE_HZ)].mean()
        around = loud[first : round((note.start_s + 0.1) * RATE_HZ)] > 0.5 * inside
        rises = np.flatnonzero(around[1:] & ~around[:-1])
        assert rises.size, note
        late_s.append((first + int(rises[-1])) / RATE_HZ - note.start_s)
    assert max(np.abs(late_s)) <= 0.04, late_s


@pytest.mark.parametrize("with_flite", ENGINES)
def test_vowels_and_consonants_are_where_they_belong(with_flite: bool) -> None:
    """An s hisses before its note, and ee and ah have their second resonances high and low."""
    song = [line("see far", (1.0, 50), (1.0, 50), start_s=1.0)]

    out = sung(song, shipped("rowan", with_flite=with_flite), 4.0)

    assert band(out, 4500, 9000, 0.87, 0.96) > band(out, 4500, 9000, 1.2, 1.8) + 3
    assert band(out, 100, 800, 0.87, 0.96) < band(out, 100, 800, 1.2, 1.8) - 12
    see = band(out, 1800, 2800, 1.3, 1.7) - band(out, 700, 1400, 1.3, 1.7)
    far = band(out, 1800, 2800, 2.2, 2.5) - band(out, 700, 1400, 2.2, 2.5)
    assert see > far + 12


@pytest.mark.parametrize("with_flite", ENGINES)
def test_length_silence_and_level(with_flite: bool) -> None:
    song = [line("hel+lo my friend", (0.4, 55), (0.4, 57), (0.4, 59), (1.0, 60), start_s=2.0)]

    out = sung(song, shipped("linnea", with_flite=with_flite), 6.123)

    assert out.shape == (1, round(6.123 * RATE_HZ))
    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 0.9
    assert not out[0, : round(1.2 * RATE_HZ)].any()
    assert not out[0, round(4.4 * RATE_HZ) :].any()
    assert -26 < level_db(out[0, round(2.0 * RATE_HZ) : round(4.0 * RATE_HZ)]) < -12
    assert level_db(out[0, round(1.3 * RATE_HZ) : round(1.8 * RATE_HZ)]) < -45  # breath, no more


def test_the_same_seed_sounds_the_same_and_another_slightly_different() -> None:
    song = [line("ev+er more", (0.4, 62), (0.4, 64), (1.2, 60)), line("and on", (0.4, 62), (0.8, 60), start_s=3.0)]

    first, again, other = (sung(song, shipped("linnea"), 4.5, seed) for seed in (1, 1, 2))
    backwards = sung(song[::-1], shipped("linnea"), 4.5)

    assert np.array_equal(first, again)
    assert np.array_equal(first, backwards)
    assert not np.array_equal(first, other)
    assert abs(level_db(first) - level_db(other)) < 1.5


@pytest.mark.parametrize("with_flite", ENGINES)
@pytest.mark.parametrize("pitch", [36, 84])
def test_extreme_pitches_keep_octave_and_loudness(pitch: int, with_flite: bool) -> None:
    song = [line("love me", (1.0, pitch), (1.2, pitch))]

    out = sung(song, shipped("sage", with_flite=with_flite), 3.5)

    inside = out[0, round(0.7 * RATE_HZ) : round(1.3 * RATE_HZ)].astype(np.float64)
    period = RATE_HZ / (440 * 2 ** ((pitch - 69) / 12))
    lags = np.arange(round(0.6 * period), round(1.7 * period))
    fits = [float(np.dot(inside[lag:], inside[:-lag])) for lag in lags]
    assert lags[int(np.argmax(fits))] == pytest.approx(period, rel=0.03)
    assert -30 < level_db(inside.astype(np.float32)) < -12


def test_fast_words_all_sound() -> None:
    """Ten syllables a second."""
    words = "ta pa ka ta pa ka ta pa ka ta"
    song = [line(words, *[(0.1, 52)] * 10)]

    out = sung(song, shipped("rowan"), 2.5)

    power = np.square(sosfiltfilt(butter(3, (200, 1200), "bandpass", fs=RATE_HZ, output="sos"), out[0]))
    loud = 10 * np.log10(np.convolve(power, np.ones(441) / 441, "same") + 1e-9)
    for note in notes_of(song):
        vowel = loud[round((note.start_s + 0.01) * RATE_HZ) : round((note.end_s - 0.02) * RATE_HZ)].max()
        before = loud[round((note.start_s - 0.05) * RATE_HZ) : round((note.start_s + 0.005) * RATE_HZ)].min()
        assert vowel > -32
        assert vowel > before + 8


def test_a_long_note_is_steady_alive_and_without_clicks() -> None:
    out = sung([line("glo+ry", (0.5, 57), (8.0, 60))], shipped("linnea"), 9.5)[0]

    middle = out[round(2.0 * RATE_HZ) : round(8.5 * RATE_HZ)]
    levels = [level_db(part) for part in np.array_split(middle, 65)]
    assert max(levels) - min(levels) < 9  # it swells and decays
    assert np.ptp(levels) > 0.5
    spectra = np.abs(np.fft.rfft(middle[: middle.size // 4410 * 4410].reshape(-1, 4410) * np.hanning(4410), axis=1))
    above = 10 * np.log10(np.square(spectra[:, 1500:]).mean(axis=1))  # from 15 kHz: a click is a line up there
    assert above.max() < np.median(above) + 6


ODD_WORDS = (
    "", "… ♪ 🎵", "oooh la la", "yeah-eah hmm", "don't 'cause goin'", "1999 7 $5", "shh psst t", "你好 мир שלום",
    "さくら 東京", "\ud800 \x00 <b> [x]", "a" * 500, "it's rock-n-roll", "'' -- ''", "ØÆÅ ß", "ሰላም ᚠᚢ 𝔥𝔢𝔶",
)  # fmt: skip


@pytest.mark.parametrize("with_flite", ENGINES)
def test_any_word_is_sung(with_flite: bool) -> None:
    """What cannot be spoken is hummed: each note has its sound."""
    song = [
        line(text, (0.4, 57), (0.4, 60), (0.4, 59), start_s=0.5 + 2.0 * number) for number, text in enumerate(ODD_WORDS)
    ]

    out = sung(song, shipped("linnea", with_flite=with_flite), 2.0 * len(ODD_WORDS) + 0.5)

    assert np.isfinite(out).all()
    for text, one in zip(ODD_WORDS, song, strict=True):
        for note in notes_of([one]):
            assert level_db(out[0, round(note.start_s * RATE_HZ) : round((note.end_s - 0.1) * RATE_HZ)]) > -36, text


@pytest.mark.parametrize(
    ("voice_id", "text"),
    [
        ("hanno", "Über schöne Wälder"), ("maelle", "près du cœur"), ("ximena", "mañana será"),
        ("ruggero", "perché così"), ("iara", "coração não"), ("joost", "blijven vrij"), ("jagna", "zażółć gęślą"),
    ],
)  # fmt: skip
def test_other_languages_are_sung(voice_id: str, text: str) -> None:
    song = [line(text, (0.5, 55), (0.5, 57), (0.8, 55))]

    out = sung(song, shipped(voice_id), 3.0)

    off = np.concatenate([cents(heard_pitch(out), note) for note in notes_of(song)])
    assert off.size > 20
    assert np.mean(np.abs(off) < 50) > 0.9


def test_overlapping_lines_and_notes_and_nothing_at_all() -> None:
    overlapping = [
        line("one two", (1.0, 60), (1.0, 62)),
        SungLine((SungWord("three", (SungNote(1.0, 3.0, 64), SungNote(1.1, 1.2, 65))), SungWord("four", ()))),
        SungLine(()),
    ]

    out = sung(overlapping, shipped("linnea"), 3.0)

    assert np.isfinite(out).all()
    assert 0.05 < np.abs(out).max() <= 0.9
    assert not sung([], shipped("linnea"), 2.0).any()
    assert sung([line("la", (0.5, 60))], shipped("linnea"), 0.0).shape == (1, 0)


def test_it_sings_from_the_first_sample_to_the_last() -> None:
    out = sung([line("so long", (0.5, 60), (3.0, 60), start_s=0.0)], shipped("linnea"), 1.5)

    assert level_db(out[0, :4410]) > -40
    assert abs(float(out[0, -1])) < 1e-3


def test_a_voice_of_a_recording_lends_its_resonances() -> None:
    """Of two voices that are known by their profiles only, the one with the shorter tract sounds higher."""
    song = [line("far a+way from here", (0.4, 57), (0.4, 57), (0.4, 57), (0.4, 57), (0.8, 57))]

    def resonances_hz(scale: float) -> float:
        formants = tuple(scale * hz for hz in (450.0, 1500.0, 2600.0, 3700.0))
        voice = Voice("own", "Own", "female", "en", profile(formants_hz=formants, pitch_hz=180.0))
        return float(np.mean(measure(Audio(sung(song, voice, 3.5), RATE_HZ)).formants_hz[2:4]))

    assert resonances_hz(1.15) > 1.1 * resonances_hz(0.9)


def test_progress_is_told_and_stops_it() -> None:
    song = [line("la la", (0.4, 60), (0.4, 62), start_s=float(start_s)) for start_s in range(4)]
    told: list[float] = []

    EmbeddedSinger().sing(song, voice=shipped("linnea"), duration_s=5.0, report=told.append)

    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 1
    assert len(set(told)) >= 5

    def stop(fraction: float) -> None:
        if fraction > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        EmbeddedSinger().sing(song, voice=shipped("linnea"), duration_s=5.0, report=stop)


def test_without_a_synthesiser_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.speech.espeak.PACKAGE", "no_such_package")

    with pytest.raises(SpeechFailed, match="espeakng-loader"):
        sung([line("la", (0.5, 60))], shipped("linnea"), 1.0)


def test_it_is_in_the_catalogue() -> None:
    entry = built_in()["woodshed-singer"]

    assert "singing" in entry.tasks
    assert entry.engine == "singing.embedded:EmbeddedSinger"
