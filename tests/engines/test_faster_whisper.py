"""Whisper on CTranslate2, from folders as its converters write them: tiny random ones."""

from pathlib import Path

import numpy as np
import pytest

from models.base import Audio
from models.catalogue import built_in
from models.tiny.whisper import converted_folder
from models.transcription.faster_whisper import FasterWhisperRecogniser
from models.transcription.syllables import syllables
from tests.support.media import no_report

RATE_HZ = 16_000
NOISE = np.random.default_rng(1).normal(0, 0.1, 2 * RATE_HZ).astype(np.float32)


@pytest.fixture(scope="module", params=["faster-whisper-base", "faster-whisper-turbo"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FasterWhisperRecogniser:
    manifest = built_in()[request.param]
    folder = tmp_path_factory.mktemp("faster-whisper")
    converted_folder(manifest, folder)
    assert {file.name for file in folder.iterdir()} == {file.path for file in manifest.files}
    return FasterWhisperRecogniser(folder, **manifest.defaults)


def test_a_folder_is_loaded_and_hears(engine: FasterWhisperRecogniser) -> None:
    first, again = (engine.heard(NOISE, language="en", translate=False) for _ in range(2))

    assert first == again
    words = [word for segment in first for word in segment.words]
    assert all(0 <= word.start_s <= word.end_s <= 30 and 0 <= word.confidence <= 1 for word in words)
    assert {"en", "es", "de"} < set(engine.languages)


def test_speech_goes_through_the_whole(engine: FasterWhisperRecogniser) -> None:
    audio = syllables(3.0)

    found = engine.transcribe(audio, language=None, translate=engine.translates, report=no_report)

    assert found.language in engine.languages
    assert (found.translation is not None) == engine.translates
    assert all(0 <= segment.start_s <= segment.end_s <= audio.duration_s for segment in found.segments)


def test_every_language_has_a_probability(engine: FasterWhisperRecogniser) -> None:
    likely = engine.likely_languages(NOISE)

    assert len(likely) == 99
    assert set(likely) <= set(engine.languages)
    assert sum(likely.values()) == pytest.approx(1.0, abs=1e-3)


def test_silence_has_no_words(engine: FasterWhisperRecogniser) -> None:
    audio = Audio(np.zeros((1, RATE_HZ), np.float32), RATE_HZ)

    assert engine.transcribe(audio, language="de", translate=False, report=no_report).segments == ()


def test_a_missing_file_is_not_looked_for_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    with pytest.raises(ValueError, match=r"lacks model\.bin, tokenizer\.json"):
        FasterWhisperRecogniser(tmp_path)
