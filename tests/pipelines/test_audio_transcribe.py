"""POST /v1/audio_transcribe: what is heard in the asked form, with fakes for the engines that are not there."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from app.errors import InputUnusable
from app.features.audio_transcribe import Params
from models.base import Audio, Report, Samples, Segment, Transcript, Word
from models.catalogue import OWN, Engines, built_in
from models.room.loading import Loaded
from models.transcription.activity import RATE_HZ
from tests.support.media import MEDIA, no_report, write
from tests.support.songs import MAJOR, song
from workers.context import AUDIO, Context, Source
from workers.pipelines import audio_transcribe

SPANISH = Segment("Hola mundo.", 1.0, 2.0, (Word("Hola", 1.0, 1.4), Word("mundo.", 1.4, 2.0)))


class FakeRecogniser:
    languages = ("en", "es")

    def __init__(self, *, translates: bool = True, language: str = "es") -> None:
        self.translates, self.language = translates, language
        self.heard: list[Audio] = []

    def transcribe(self, audio: Audio, *, language: str | None, translate: bool, report: Report) -> Transcript:
        assert (audio.rate_hz, audio.samples.shape[0]) == (RATE_HZ, 1)
        if language not in {None, *self.languages}:
            raise ValueError("That language is not known")
        self.heard.append(Audio(np.array(audio.samples), audio.rate_hz))
        report(1.0)
        english = (Segment("Hello world.", 1.0, 2.0),) if translate else None
        return Transcript(language or self.language, (SPANISH,), english)


class FakeSeparator:
    """Its vocals are the mix at a tenth."""

    stems, rate_hz = ("vocals", "rest"), 44_100

    def separate(
        self, audio: Audio, *, wanted: Sequence[str] = (), quality: str = "standard", seed: int = 0, report: Report
    ) -> Iterator[Samples]:
        assert tuple(wanted) == ("vocals",)
        for first in range(0, audio.samples.shape[1], 50_000):
            block = audio.samples[:, first : first + 50_000]
            yield np.stack([0.1 * block, 0 * block])
        report(1.0)


def engines(folder: Path, **loaded: object) -> Engines:
    """Engines whose weights are there, as fakes."""
    made = Engines(folder)
    for name, engine in ((name.replace("_", "-"), engine) for name, engine in loaded.items()):
        manifest = built_in()[name]
        empty = tuple(file.model_copy(update={"size_bytes": 0, "sha256": ""}) for file in manifest.files)
        own = manifest.model_copy(update={"files": empty})
        (folder / OWN).mkdir(exist_ok=True)
        text = yaml.safe_dump(own.model_dump(mode="json", exclude_defaults=True))
        (folder / OWN / f"{name}.yaml").write_text(text, encoding="utf-8")
        with made.store.staging(name) as staged:
            for file in empty:
                (staged / file.path).touch()
            made.store.publish(own, staged, source="test")
        with made.room.lease(
            name, lambda engine=engine: Loaded(engine, ExitStack()), size_bytes=1, unload=Loaded.close
        ):
            pass  # it stays there
    return made


def run(folder: Path, samples: Samples, rate_hz: int, found: Engines, **params: object) -> Context:
    path = write(folder / "in.wav", samples, rate_hz)
    source = Source(path, MEDIA.probe(path))
    ctx = Context({AUDIO: source}, MEDIA, folder, no_report, found.borrow())
    audio_transcribe.run(Params(**params), ctx)
    return ctx


@pytest.fixture
def noise() -> Samples:
    return np.random.default_rng(1).normal(0, 0.05, (2, 3 * 44_100)).astype(np.float32)


def test_silence_is_an_empty_transcription(tmp_path: Path) -> None:
    ctx = run(tmp_path, np.zeros((1, 16_000), np.float32), 16_000, Engines(tmp_path), translate=True)

    assert ctx.values["transcription"] == ctx.values["translation"] == ""
    assert ctx.values["word_timestamps"] == []
    assert ctx.values["duration_s"] == pytest.approx(1.0)
    assert ctx.outputs == {}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("plain_text", "Hola mundo."),
        ("formatted_text", "Hola mundo."),
        ("srt", "1\n00:00:01,000 --> 00:00:02,000\nHola mundo.\n"),
        ("vtt", "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHola mundo.\n"),
    ],
)
def test_what_is_heard_is_written_in_the_asked_form(tmp_path: Path, noise: Samples, form: str, text: str) -> None:
    found = engines(tmp_path, whisper_base=FakeRecogniser())

    ctx = run(tmp_path, noise, 44_100, found, transcription_format=form, word_timestamps=True)

    assert ctx.values["transcription"] == text
    assert ctx.values["detected_language"] == "es"
    assert ctx.values["word_timestamps"] == [
        {"word": "Hola", "start": 1.0, "end": 1.4},
        {"word": "mundo.", "start": 1.4, "end": 2.0},
    ]
    assert "translation" not in ctx.values
    assert ctx.engines.names == "whisper-base"


def test_a_translation_has_its_own_form(tmp_path: Path, noise: Samples) -> None:
    found = engines(tmp_path, whisper_base=FakeRecogniser())

    ctx = run(tmp_path, noise, 44_100, found, translate=True, translation_format="srt", language="es-MX")

    assert ctx.values["transcription"] == "Hola mundo."
    assert ctx.values["translation"] == "1\n00:00:01,000 --> 00:00:02,000\nHello world.\n"
    assert ctx.values["word_timestamps"] == []


def test_another_model_translates_where_the_best_cannot(tmp_path: Path, noise: Samples) -> None:
    found = engines(tmp_path, whisper_turbo=FakeRecogniser(translates=False), whisper_small=FakeRecogniser())

    ctx = run(tmp_path, noise, 44_100, found, translate=True)

    assert (ctx.values["transcription"], ctx.values["translation"]) == ("Hola mundo.", "Hello world.")
    assert ctx.engines.names == "whisper-turbo + whisper-small"


def test_without_a_model_that_translates_the_caller_is_told(tmp_path: Path, noise: Samples) -> None:
    found = engines(tmp_path, whisper_turbo=FakeRecogniser(translates=False))

    with pytest.raises(InputUnusable, match="woodshed models pull whisper-base"):
        run(tmp_path, noise, 44_100, found, translate=True)


def test_an_unknown_language_is_told_to_the_caller(tmp_path: Path, noise: Samples) -> None:
    with pytest.raises(InputUnusable, match="knows English only"):
        run(tmp_path, noise, 44_100, Engines(tmp_path), language="es")


@pytest.mark.parametrize("is_song", [True, False])
def test_songs_are_heard_without_their_instruments(tmp_path: Path, noise: Samples, is_song: bool) -> None:
    piece = song(0, MAJOR, bars=3)
    samples, rate_hz = (piece.samples, piece.rate_hz) if is_song else (noise, 44_100)
    recogniser = FakeRecogniser()

    run(tmp_path, samples, rate_hz, engines(tmp_path, whisper_base=recogniser, htdemucs=FakeSeparator()))

    (heard,) = recogniser.heard
    mix, _ = soundfile.read(tmp_path / "in.wav", dtype="float32", always_2d=True)
    gain = np.sqrt(np.mean(np.square(heard.samples)) / np.mean(np.square(mix.mean(axis=1))))
    assert heard.duration_s == pytest.approx(samples.shape[1] / rate_hz, abs=0.001)
    assert gain < 0.15 if is_song else gain > 0.4
