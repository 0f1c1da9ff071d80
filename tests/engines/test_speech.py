"""The embedded synthesiser: every voice speaks, at one level, the same each time; its programs end with it."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.contract.voices import ShippedVoice, shipped_voices
from models.base import Audio, Samples, Voice, VoiceProfile
from models.catalogue import built_in
from models.dsp.loudness import integrated_lufs
from models.dsp.true_peak import true_peak_dbtp
from models.speech import espeak, flite
from models.speech.embedded import EmbeddedSpeech, Manner
from models.speech.finish import trimmed
from models.speech.kokoro import KokoroSpeech
from models.speech.process import SpeechFailed
from models.speech.timbre import changed
from models.tiny.kokoro import write as write_kokoro
from tests.support.media import level_db, no_report

LIBRARY = list(shipped_voices().values())
TEXTS = {
    "en": "Good morning. The train leaves at half past nine.",
    "de": "Guten Morgen. Der Zug fährt um halb zehn.",
    "fr": "Bonjour. Le train part à neuf heures.",
    "es": "Buenos días. El tren sale a las nueve.",
    "it": "Buongiorno. Il treno parte alle nove.",
    "pt": "Bom dia. O trem sai às nove horas.",
    "nl": "Goedemorgen. De trein vertrekt om negen uur.",
    "pl": "Dzień dobry. Pociąg odjeżdża o dziewiątej.",
}
NEEDS_FLITE = pytest.mark.skipif(not flite.voices(), reason="flite is not on PATH")


def voice(gender: str = "male", language: str = "en-us", **speech: Any) -> Voice:
    profile = VoiceProfile(120.0, 2.0, (500.0,), (0.0,) * 40)
    return Voice("test", "Test", gender, language, profile, None, {"speech": speech} if speech else {})


def of_library(entry: ShippedVoice, **changes: Any) -> Voice:
    return voice(entry.gender, entry.language, **(entry.parameters["speech"] | changes))


def spoken(text: str, who: Voice, language: str = "en") -> Samples:
    return np.concatenate(list(EmbeddedSpeech().speak(text, voice=who, language=language, report=no_report)), axis=1)


def pitch(samples: Samples, rate_hz: int = 24_000) -> float:
    import pyworld

    hz, _times = pyworld.dio(samples[0].astype(np.float64), rate_hz)
    return float(np.median(hz[hz > 0]))


def test_the_library_is_ours_and_whole() -> None:
    assert len({entry.id for entry in LIBRARY}) == len(LIBRARY) >= 16
    assert {entry.gender for entry in LIBRARY} == {"female", "male", "neutral"}
    assert {"child", "young", "adult", "old"} <= {entry.age for entry in LIBRARY}
    assert len({entry.language for entry in LIBRARY}) >= 6
    for entry in LIBRARY:
        tag, _, _variant = entry.parameters["speech"]["espeak"].partition("+")
        assert tag in espeak.tags(), entry.id


@pytest.mark.parametrize("entry", LIBRARY, ids=lambda entry: entry.id)
@pytest.mark.parametrize("with_flite", [pytest.param(True, marks=NEEDS_FLITE), False])
def test_every_voice_speaks_at_the_same_level(entry: ShippedVoice, with_flite: bool) -> None:
    language = entry.language.split("-")[0]
    if with_flite and language != "en":
        pytest.skip("flite speaks English only")

    out = spoken(TEXTS[language], of_library(entry, **({} if with_flite else {"flite": ""})), language)

    assert out.dtype == np.float32
    assert np.isfinite(out).all()
    assert 2.0 < out.shape[1] / 24_000 < 6.5
    assert abs(integrated_lufs(Audio(out, 24_000)) + 19) < 1.0
    assert true_peak_dbtp(Audio(out, 24_000)) <= -1.0
    assert np.mean(np.abs(out) > 1e-3) > 0.3  # speech, not a click


def test_voices_differ_in_pitch_as_their_genders_and_ages_do() -> None:
    by_id = {entry.id: pitch(spoken(TEXTS["en"], of_library(entry, flite=""))) for entry in LIBRARY[:11]}

    assert by_id["bram"] < by_id["rowan"] < by_id["sage"] < by_id["linnea"] < by_id["pip"]
    assert by_id["edda"] < by_id["linnea"] < by_id["juno"]


def test_the_same_text_sounds_the_same() -> None:
    who = voice("female", flite="", pitch_semitones=2.0, formant_ratio=1.1, breath=0.2)

    assert np.array_equal(spoken("Once more. And again!", who), spoken("Once more. And again!", who))


def test_it_speaks_sentence_by_sentence_with_pauses_and_reports() -> None:
    told: list[float] = []

    parts = list(
        EmbeddedSpeech().speak("One two. Three?\n\nFour.", voice=voice(flite=""), language="en", report=told.append)
    )

    assert [part.shape[0] for part in parts] == [1, 1, 1]
    for part, pause_s in zip(parts, (0.45, 0.8, 0.0), strict=True):
        silent = part.shape[1] - 1 - int(np.flatnonzero(np.abs(part[0]) > 1e-4)[-1])
        assert pause_s <= silent / 24_000 < pause_s + 0.1
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 1


@pytest.mark.parametrize("program", ["", pytest.param("rms", marks=NEEDS_FLITE)])
def test_the_rate_changes_the_length(program: str) -> None:
    slow, usual, fast = (spoken(TEXTS["en"], voice(flite=program, rate=rate)).shape[1] for rate in (0.7, 1.0, 1.6))

    assert 1.2 < slow / usual < 1.6
    assert 0.5 < fast / usual < 0.8


@pytest.mark.parametrize("semitones", [-3.0, 4.0])
def test_pitch_is_moved_by_what_is_asked(semitones: float) -> None:
    usual = spoken("We were away a year ago.", voice(flite=""))
    moved = spoken("We were away a year ago.", voice(flite="", pitch_semitones=semitones))

    assert 12 * math.log2(pitch(moved) / pitch(usual)) == pytest.approx(semitones, abs=0.5)


def test_formants_are_moved_and_the_pitch_is_not() -> None:
    rate_hz = 16_000
    t = np.arange(rate_hz) / rate_hz
    weights = [0.05 + np.exp(-(((120.0 * k - 1000) / 200) ** 2)) for k in range(1, 30)]
    sound = sum(w * np.sin(2 * np.pi * 120 * k * t) for k, w in enumerate(weights, 1)).astype(np.float32)[None]

    out = changed(Audio(sound / 8, rate_hz), formant_ratio=1.25).samples[0]

    power = np.abs(np.fft.rfft(out * np.hanning(out.size))) ** 2
    centre_hz = float((power * np.arange(power.size)).sum() / power.sum()) * rate_hz / out.size
    assert centre_hz == pytest.approx(1250, rel=0.05)
    assert pitch(out[None], rate_hz) == pytest.approx(120, rel=0.01)


def test_breath_turns_tone_into_noise() -> None:
    sound = spoken("Ah, away we are.", voice(flite=""))

    def tonality(samples: Samples) -> float:
        framed = samples[0][: samples.shape[1] // 960 * 960].reshape(-1, 960) * np.hanning(960)
        spectra = np.abs(np.fft.rfft(framed, axis=1))[:, 120:200] + 1e-9
        return float(np.median(spectra.max(axis=1) / np.exp(np.log(spectra).mean(axis=1))))

    audio = Audio(sound, 24_000)
    assert tonality(changed(audio, breath=0.9).samples) < tonality(changed(audio, breath=0.001).samples)


@pytest.mark.parametrize("frames", [0, 1, 100, 5000])
def test_odd_sounds_pass_the_chain(frames: int) -> None:
    for sound in (np.zeros((1, frames), np.float32), np.full((1, frames), 0.5, np.float32)):
        out = changed(trimmed(Audio(sound, 22_050)), pitch_semitones=3.0, formant_ratio=1.2, breath=0.5)
        assert np.isfinite(out.samples).all()
        assert out.samples.shape[1] <= frames


def test_many_languages_are_known_and_others_refused() -> None:
    engine = EmbeddedSpeech()

    assert len(engine.languages) > 80
    assert {"en", "de", "fr", "zh", "ja", "hi", "ar", "sw"} <= set(engine.languages)
    with pytest.raises(ValueError, match="speaks tlh"):
        engine.speak("Hello", voice=voice(), language="tlh", report=no_report)
    with pytest.raises(ValueError, match="no words"):
        engine.speak("…", voice=voice(), language="en", report=no_report)


@pytest.mark.parametrize(
    ("language", "of_voice", "given", "tag"),
    [
        ("en", "en-gb", {}, "en-gb"),
        ("en-gb", "en-us", {}, "en-gb"),
        ("de", "en-us", {"espeak": "en-us+m3", "flite": "rms"}, "de"),
        ("zh", "en", {}, "cmn"),
        ("pt", "de", {}, "pt-br"),
        ("fr", "fr", {}, "fr-fr"),
    ],
)
def test_a_voice_speaks_languages_that_are_not_its_own(
    language: str, of_voice: str, given: Mapping[str, str], tag: str
) -> None:
    manner = Manner.of(voice("male", of_voice, **given), language, espeak.tags())

    assert manner.espeak.split("+") == [tag, "m3" if given else "shed-man"]
    assert not manner.flite or language.startswith("en")


@pytest.mark.parametrize("name", ["../../etc/passwd", "en-us+../x", "en us", "", "en-us+a+b", "en\n"])
def test_names_that_are_paths_never_reach_espeak(name: str) -> None:
    with espeak.opened() as process, pytest.raises(ValueError, match="name of a voice"):
        process.speak("Hello", name, rate_wpm=150)


def test_espeak_knows_phonemes_and_refuses_unknown_voices() -> None:
    with espeak.opened() as process:
        assert "həlˈo^ʊ" in process.phonemes("hello", "en-us")
        with pytest.raises(ValueError, match="xx-yy"):
            process.speak("Hello", "xx-yy", rate_wpm=150)
        assert process.speak("Hello", "en-us", rate_wpm=150).samples.any()  # it goes on


def test_markup_and_commands_are_only_words_to_espeak() -> None:
    with espeak.opened() as process:
        for text in ("<break time='20s'/> hi", "[[h@loU]]", "'; rm -rf / #", "\\0", "a" * 5000):
            assert process.speak(text, "en-us", rate_wpm=300).duration_s < 600


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_a_caller_that_stops_leaves_no_process() -> None:
    before = set(children())
    parts = EmbeddedSpeech().speak("One. Two. Three.", voice=voice(flite=""), language="en", report=no_report)
    next(parts)
    assert set(children()) - before

    parts.close()

    assert not set(children()) - before


def test_a_dead_process_is_told() -> None:
    with espeak.opened() as process:
        process.speak("Hello", "en-us", rate_wpm=150)
        process._process.kill()
        process._process.wait()
        with pytest.raises(SpeechFailed):
            process.speak("Hello", "en-us", rate_wpm=150)


@pytest.fixture
def slow_flite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program named flite that writes down how it was called, and does not end by itself."""
    program = tmp_path / "flite"
    program.write_text(
        '#!/bin/sh\n[ "$1" = -lv ] && echo "Voices available: rms slt" && exit\necho "$@" > "$0.args"\nexec sleep 60\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    flite.voices.cache_clear()
    yield tmp_path / "flite.args"
    flite.voices.cache_clear()


def test_flite_is_ended_when_the_caller_stops_and_sees_no_text_in_its_arguments(slow_flite: Path) -> None:
    class Stopped(Exception): ...

    def stop() -> None:
        if slow_flite.is_file():
            raise Stopped

    before, begun = set(children()), time.monotonic()
    with pytest.raises(Stopped):
        flite.speak("secret; touch x", "rms", beat=stop)

    assert time.monotonic() - begun < 20
    assert not set(children()) - before
    assert "secret" not in slow_flite.read_text()


@NEEDS_FLITE
def test_flite_speaks_what_is_not_ascii_as_well_as_it_can() -> None:
    assert flite.speak("Café Zürich – naïve", "slt").duration_s > 0.8
    assert flite.speak("字", "slt").samples.shape[0] == 1
    with pytest.raises(SpeechFailed):
        flite.speak("Hello", "nobody")


def test_levels_of_a_sentence_and_its_pause_are_far_apart() -> None:
    (first, _last) = EmbeddedSpeech().speak("Yes. No.", voice=voice(flite=""), language="en", report=no_report)

    assert level_db(first[:, :4800]) > -40
    assert not first[:, -4800:].any()


@pytest.fixture(scope="module")
def kokoro(tmp_path_factory: pytest.TempPathFactory) -> KokoroSpeech:
    folder = tmp_path_factory.mktemp("kokoro")
    write_kokoro(built_in()["kokoro-82m"], folder)
    return KokoroSpeech(folder)


def by_kokoro(engine: KokoroSpeech, text: str, who: Voice, language: str = "en") -> Samples:
    return np.concatenate(list(engine.speak(text, voice=who, language=language, report=no_report)), axis=1)


@pytest.mark.parametrize("language", ["en", "en-gb", "es", "fr", "hi", "it", "pt"])
def test_kokoro_speaks_its_languages(kokoro: KokoroSpeech, language: str) -> None:
    told: list[float] = []

    parts = list(kokoro.speak("Ja, no. Si!", voice=voice(), language=language, report=told.append))

    assert len(parts) == 2
    assert told == sorted(told)
    assert told[-1] == 1
    assert abs(integrated_lufs(Audio(np.concatenate(parts, axis=1), 24_000)) + 19) < 1.0


def test_kokoro_takes_the_voice_that_is_asked_for(kokoro: KokoroSpeech) -> None:
    plain = Voice("v", "V", "female", "en", VoiceProfile(200.0, 2.0, (), ()))
    named = Voice("v", "V", "female", "en", plain.profile, None, {"kokoro": {"voice": "bm_george"}})
    unknown = Voice("v", "V", "female", "en", plain.profile, None, {"kokoro": {"voice": "../tokenizer"}})
    man = Voice("v", "V", "male", "en-gb", plain.profile)

    said = by_kokoro(kokoro, "Hello there.", plain)
    assert not np.array_equal(said, by_kokoro(kokoro, "Hello there.", named))
    assert np.array_equal(said, by_kokoro(kokoro, "Hello there.", unknown))
    assert kokoro._name({}, man.gender, "en-gb") == "bm_george"


def test_kokoro_hears_every_phoneme_and_cuts_what_is_too_long(kokoro: KokoroSpeech) -> None:
    with espeak.opened() as process:
        ids = next(kokoro._tokens("The quick brown fox jumps over the lazy dog.", "en-us", process))
        parts = list(kokoro._tokens("strengths " * 200, "en-us", process))

    names = {number: symbol for symbol, number in kokoro._vocabulary.items()}
    assert "".join(names[number] for number in ids) == "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɑɡ."
    assert max(map(len, parts)) <= 510
    assert len(parts) > 1


def test_kokoro_refuses_other_languages_and_files(kokoro: KokoroSpeech, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not speak de"):
        kokoro.speak("Hallo", voice=voice(), language="de", report=no_report)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="no vocabulary"):
        KokoroSpeech(tmp_path)
