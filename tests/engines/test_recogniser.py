"""The embedded recogniser: where somebody speaks, what is said when, and what is refused."""

import os
from itertools import pairwise

import numpy as np
import psutil
import pytest

from models.base import Audio, Samples
from models.speech import flite
from models.transcription import activity
from models.transcription.activity import Span, probabilities, spans
from models.transcription.embedded import EmbeddedRecogniser
from models.transcription.noise import denoised, is_noisy
from models.transcription.songs import has_instruments
from models.transcription.syllables import syllables
from tests.support.media import no_report
from tests.support.songs import MAJOR, song

RATE_HZ = 16_000
SAID = ("the old man read a book in the garden", "we will go to the market in the morning")
needs_flite = pytest.mark.skipif("rms" not in flite.voices(), reason="flite is not there")


class Stopped(Exception):
    pass


def sound(samples: Samples) -> Audio:
    return Audio(np.atleast_2d(samples).astype(np.float32), RATE_HZ)


def noise(seconds: float, level: float = 0.1) -> Samples:
    return np.random.default_rng(4).normal(0, level, round(seconds * RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def spoken() -> tuple[Audio, list[tuple[float, float]]]:
    """Two sentences, 2 s of near silence before, between and after; and when each is spoken."""
    parts, truth, at = [noise(2, 1e-4)], [], 2 * RATE_HZ
    for text in SAID:
        said = flite.speak(text, "rms").samples[0]
        truth.append((at / RATE_HZ, (at + said.size) / RATE_HZ))
        parts += [said, noise(2, 1e-4)]
        at += said.size + 2 * RATE_HZ
    return sound(np.concatenate(parts)), truth


def word_errors(expected: str, got: str) -> int:
    """Levenshtein distance of words."""
    words = got.split()
    row = list(range(len(words) + 1))
    for number, word in enumerate(expected.split(), 1):
        before, row[0] = row[0], number
        for n, other in enumerate(words, 1):
            before, row[n] = row[n], min(row[n] + 1, row[n - 1] + 1, before + (word != other))
    return row[-1]


@needs_flite
def test_what_is_said_is_written_down_with_its_times(spoken: tuple[Audio, list[tuple[float, float]]]) -> None:
    audio, truth = spoken
    seen: list[float] = []

    found = EmbeddedRecogniser().transcribe(audio, language="en", translate=True, report=seen.append)

    text = " ".join(segment.text for segment in found.segments)
    assert word_errors(" ".join(SAID), text) <= 0.3 * len(" ".join(SAID).split())
    assert found.language == "en"
    assert found.translation == found.segments
    words = [word for segment in found.segments for word in segment.words]
    assert " ".join(word.text for word in words) == text
    assert all(0 <= word.confidence <= 1 for word in words)
    assert all(any(start - 0.1 < w.start_s < w.end_s < end + 0.3 for start, end in truth) for w in words)
    assert all(a.end_s <= b.start_s + 0.02 for a, b in pairwise(words))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


@needs_flite
def test_it_says_the_same_twice_and_at_any_level(spoken: tuple[Audio, list[tuple[float, float]]]) -> None:
    part = sound(spoken[0].samples[0, : 5 * RATE_HZ])
    quiet = sound(0.01 * part.samples + 0.3)
    engine = EmbeddedRecogniser()

    first, again, faint = (
        engine.transcribe(audio, language=None, translate=False, report=no_report) for audio in (part, part, quiet)
    )

    assert first == again
    assert first.segments
    assert word_errors(SAID[0], faint.segments[0].text) <= word_errors(SAID[0], first.segments[0].text) + 2


@needs_flite
def test_stopping_leaves_no_process(spoken: tuple[Audio, list[tuple[float, float]]]) -> None:
    def stop(fraction: float) -> None:
        if fraction > 0.05:
            raise Stopped

    before = {child.pid for child in psutil.Process(os.getpid()).children()}
    with pytest.raises(Stopped):
        EmbeddedRecogniser().transcribe(spoken[0], language=None, translate=False, report=stop)

    assert {child.pid for child in psutil.Process(os.getpid()).children()} <= before  # ended, and waited for


@needs_flite
@pytest.mark.parametrize("snr_db", [40, 10])
def test_speech_is_told_from_pauses(spoken: tuple[Audio, list[tuple[float, float]]], snr_db: float) -> None:
    audio, truth = spoken
    level = np.sqrt(np.mean(np.square(audio.samples[audio.samples != 0]))) * 10 ** (-snr_db / 20)
    noisy = sound(audio.samples[0] + level * noise(audio.duration_s + 1, 1.0)[: audio.samples.shape[1]])

    found = spans(noisy, report=no_report)

    is_speech, is_found = (np.zeros(audio.samples.shape[1], bool) for _ in range(2))
    for start, end in truth:
        is_speech[round(start * RATE_HZ) : round(end * RATE_HZ)] = True
    for span in found:
        is_found[span.first : span.last] = True
    assert (is_speech == is_found).mean() > 0.85


@needs_flite
def test_spans_are_short_and_apart_and_joined_on_demand(spoken: tuple[Audio, list[tuple[float, float]]]) -> None:
    said = spoken[0].samples[0, 2 * RATE_HZ : 4 * RATE_HZ]
    long = sound(np.tile(said, 12))

    for longest_s in (20.0, 5.0):
        found = spans(long, report=no_report, longest_s=longest_s)
        assert len(found) >= 24 / longest_s - 1
        assert all(0 < span.duration_s <= longest_s for span in found)
        assert all(a.last <= b.first for a, b in pairwise(found))
    assert len(spans(spoken[0], report=no_report)) >= 2
    assert len(spans(spoken[0], report=no_report, join_s=3.0)) == 1


@pytest.mark.parametrize("gain", [1.0, 0.003])
def test_vowels_are_speech_at_any_level_and_offset(gain: float) -> None:
    said, pause = syllables(2.0).samples[0], noise(2, 0.002)

    found = spans(sound(gain * np.concatenate([pause, said, pause, said]) + 0.2), report=no_report)

    assert len(found) == 2
    assert [span.start_s for span in found] == pytest.approx([2.0, 6.0], abs=0.4)
    assert [span.duration_s for span in found] == pytest.approx([2.3, 2.3], abs=0.5)


def test_noise_is_noticed_and_taken_out_where_somebody_speaks() -> None:
    pause = np.zeros(RATE_HZ, np.float32)
    clean = np.concatenate([pause, syllables(3.0).samples[0], pause])
    noisy = (clean + noise(5, 0.03)).astype(np.float32)
    span = Span(8_000, 72_000)

    quieter = denoised(noisy, span)

    assert (is_noisy(noisy), is_noisy(clean), is_noisy(clean[:1])) == (True, False, False)
    assert quieter.shape == (64_000,)
    assert np.square(quieter[:6_000]).mean() < 0.1 * np.square(noisy[8_000:14_000]).mean()


def test_a_recording_is_seen_alike_however_it_is_cut_into_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    mono = (noise(5) * np.sin(np.arange(5 * RATE_HZ) / 4000)).astype(np.float32)[:-77]
    whole = probabilities(mono, no_report)
    monkeypatch.setattr(activity, "BLOCK_FRAMES", 7)

    assert np.allclose(probabilities(mono, no_report), whole, atol=1e-4)
    assert whole.size == -(-mono.size // 512)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(1), np.zeros(511), np.zeros(48_000), noise(3), np.full(48_000, 0.9), np.sign(noise(2))],
    ids=["one sample", "less than a frame", "silence", "noise", "DC", "clipped noise"],
)
def test_where_nobody_speaks_nothing_is_heard(samples: Samples) -> None:
    found = EmbeddedRecogniser().transcribe(sound(samples), language=None, translate=True, report=no_report)

    assert found.segments == found.translation == ()


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 1), (16_000, 2), (8_000, 1)])
def test_other_forms_are_refused(rate_hz: int, channels: int) -> None:
    audio = Audio(np.zeros((channels, rate_hz), np.float32), rate_hz)
    with pytest.raises(ValueError, match="16000 Hz"):
        EmbeddedRecogniser().transcribe(audio, language=None, translate=False, report=no_report)


def test_other_languages_are_refused() -> None:
    with pytest.raises(ValueError, match=r"knows English only.*woodshed models pull whisper-base"):
        EmbeddedRecogniser().transcribe(sound(noise(1)), language="es", translate=False, report=no_report)


@needs_flite
def test_instruments_are_told_from_a_voice(spoken: tuple[Audio, list[tuple[float, float]]]) -> None:
    speech = spoken[0]
    piece = song(0, MAJOR, bars=6)
    music = piece.samples[0, ::2][: round(piece.samples.shape[1] * 11_025 / 16_000)]

    assert not has_instruments(speech, spans(speech, report=no_report))
    assert not has_instruments(sound(noise(4)), [])
    assert not has_instruments(sound(np.zeros(4 * RATE_HZ)), [])
    assert has_instruments(sound(music), [])
