"""Whisper from a file in OpenAI's format: a tiny random one, and the order of things around it."""

from pathlib import Path

import numpy as np
import pytest
import torch
import whisper

from models.base import Audio, Samples, Segment, Word
from models.catalogue import built_in
from models.tiny.whisper import openai_file
from models.transcription import by_spans
from models.transcription.activity import Span
from models.transcription.by_spans import transcribed
from models.transcription.languages import code
from models.transcription.syllables import syllables
from models.transcription.whisper import WhisperRecogniser, alignment_heads
from tests.support.media import no_report

RATE_HZ = 16_000
SPANS = [Span(16_000, 48_000), Span(80_000, 112_000), Span(160_000, 168_000)]


class FakeListener:
    """Hears one word in the middle of each stretch."""

    languages = ("en", "es", "de")

    def __init__(self, *, translates: bool = True) -> None:
        self.translates = translates
        self.asked: list[tuple[int, str, bool]] = []

    def likely_languages(self, mono: Samples) -> dict[str, float]:
        return {"en": 0.35, "es": 0.6, "de": 0.05} if mono.size == 32_000 else {"en": 0.5, "es": 0.1, "de": 0.4}

    def heard(self, mono: Samples, *, language: str, translate: bool) -> list[Segment]:
        self.asked.append((mono.size, language, translate))
        middle_s = mono.size / RATE_HZ / 2
        text = "word" if translate else "palabra"
        return [
            Segment(text, -0.1, middle_s, () if translate else (Word(text, middle_s / 2, middle_s),)),
            Segment("", middle_s, middle_s),
            Segment("end", middle_s, 99.0),
        ]


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Audio:
    monkeypatch.setattr(by_spans, "spans", lambda *_args, **_options: SPANS)
    return Audio(np.zeros((1, 180_000), np.float32), RATE_HZ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("whisper")
    openai_file(built_in()["whisper-base"], made)
    return made


def test_a_checkpoint_is_loaded_and_hears(folder: Path) -> None:
    engine = WhisperRecogniser(folder, "base")
    mono = np.random.default_rng(1).normal(0, 0.1, 2 * RATE_HZ).astype(np.float32)

    first, again = (engine.heard(mono, language="en", translate=False) for _ in range(2))

    assert first == again
    assert {"en", "es", "de"} < set(engine.languages)
    assert len(engine.languages) == 99
    words = [word for segment in first for word in segment.words]
    assert all(0 <= word.start_s <= word.end_s <= 30 and 0 <= word.confidence <= 1 for word in words)
    likely = engine.likely_languages(mono)
    assert set(likely) == set(engine.languages)
    assert sum(likely.values()) == pytest.approx(1.0, abs=1e-3)


def test_speech_goes_through_the_whole(folder: Path) -> None:
    seen: list[float] = []
    audio = syllables(3.0)

    found = WhisperRecogniser(folder, "base").transcribe(audio, language=None, translate=True, report=seen.append)

    assert found.language in WhisperRecogniser(folder).languages
    assert all(0 <= segment.start_s <= segment.end_s <= audio.duration_s for segment in found.segments)
    assert found.translation is not None
    assert len(seen) > 4
    assert seen == sorted(seen)


def test_pickles_are_not_run(tmp_path: Path) -> None:
    torch.save({"dims": {}, "model_state_dict": Path("x")}, tmp_path / "bad.pt")

    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        WhisperRecogniser(tmp_path)
    with pytest.raises(ValueError, match=r"no \.pt file"):
        WhisperRecogniser(tmp_path / "none")


@pytest.mark.parametrize(("size", "heads"), [("base", 6 * 8), ("large-v3-turbo", 4 * 20), ("small", 12 * 12)])
def test_heads_that_follow_time_are_those_of_the_checkpoint(size: str, heads: int) -> None:
    assert alignment_heads(size, heads) == whisper._ALIGNMENT_HEADS[size]
    assert alignment_heads(size, 2) == alignment_heads("unknown", heads) == b""


def test_times_are_those_of_the_recording(recording: Audio) -> None:
    found = transcribed(FakeListener(), recording, language="es", translate=False, report=no_report)

    assert [(segment.text, segment.start_s, segment.end_s) for segment in found.segments] == [
        ("palabra", 1.0, 2.0), ("end", 2.0, 3.0),
        ("palabra", 5.0, 6.0), ("end", 6.0, 7.0),
        ("palabra", 10.0, 10.25), ("end", 10.25, 10.5),
    ]  # fmt: skip
    assert found.segments[2].words == (Word("palabra", 5.5, 6.0),)
    assert found.translation is None


def test_the_language_is_that_of_several_places_together(recording: Audio) -> None:
    listener = FakeListener()

    found = transcribed(listener, recording, language=None, translate=True, report=no_report)

    assert found.language == "es"  # 1.3 in all three, against 1.2
    assert [asked[1:] for asked in listener.asked[:3]] == [("es", False)] * 3


def test_a_translation_is_a_second_pass(recording: Audio) -> None:
    listener, seen = FakeListener(), []

    found = transcribed(listener, recording, language="de", translate=True, report=seen.append)

    assert [asked[1:] for asked in listener.asked] == [("de", False)] * 3 + [("de", True)] * 3
    assert found.translation is not None
    assert [segment.text for segment in found.translation] == ["word", "end"] * 3
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_english_needs_no_translation(recording: Audio) -> None:
    found = transcribed(FakeListener(translates=False), recording, language="en", translate=True, report=no_report)

    assert found.translation == found.segments


def test_what_it_cannot_is_refused(recording: Audio) -> None:
    with pytest.raises(ValueError, match='does not know the language "xx"'):
        transcribed(FakeListener(), recording, language="xx", translate=False, report=no_report)
    with pytest.raises(ValueError, match="cannot translate"):
        transcribed(FakeListener(translates=False), recording, language="es", translate=True, report=no_report)


def test_silence_has_no_words() -> None:
    audio = Audio(np.zeros((1, RATE_HZ), np.float32), RATE_HZ)

    found = transcribed(FakeListener(), audio, language=None, translate=True, report=no_report)

    assert (found.language, found.segments, found.translation) == ("", (), ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [("en", "en"), (" EN-us ", "en"), ("pt_BR", "pt"), ("English", "en"), ("Spanish", "es"), ("klingon", "klingon")],
)
def test_languages_as_callers_write_them(written: str, expected: str) -> None:
    assert code(written) == expected
