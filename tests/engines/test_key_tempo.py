"""Key and tempo: right on music whose truth is known, sensible on what is no music, and stoppable."""

import itertools
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.errors import Cancelled
from models.analysis.key_scores import KEYS, TONICS
from models.analysis.key_tempo import RATE_HZ, EmbeddedKeyTempo
from models.base import Audio, KeyTempo
from tests.support.media import no_report
from tests.support.songs import CADENCE, MAJOR, MINOR, clicks, cut, held_chord, joined, song, strings


def analyse(audio: Audio) -> KeyTempo:
    return EmbeddedKeyTempo().analyse(audio, report=no_report)


def ranges(found: KeyTempo) -> list[tuple[int, int, str]]:
    return [(*map(int, span.split("-")), keys[0]) for span, keys in found.key_changes.items()]  # type: ignore[misc]


class TestKey:
    @pytest.mark.parametrize("tonic", range(12))
    @pytest.mark.parametrize(("scale", "mode"), [(MAJOR, "major"), (MINOR, "minor")])
    def test_all_24_keys_are_found(self, tonic: int, scale: tuple[int, ...], mode: str) -> None:
        found = analyse(song(tonic, scale, progression=CADENCE))

        assert found.key == f"{TONICS[tonic]} {mode}"
        assert list(found.key_changes.values()) == [[found.key]]

    @pytest.mark.parametrize("cents", [-45, -30, 0, 30, 45])
    def test_a_recording_out_of_tune_keeps_its_key(self, cents: int) -> None:
        found = analyse(song(2, MAJOR, tuning_cents=cents, drums=False))

        assert found.key == "D major"
        assert found.extras["tuning_cents"] == pytest.approx(cents, abs=4)

    def test_a_change_of_key_is_found_where_it_is(self) -> None:
        first, second = song(0, MAJOR, bars=16), song(6, MAJOR, bars=16)

        found = analyse(joined(first, second))

        (start, cut, before), (again, end, after) = ranges(found)
        assert (before, after) == ("C major", "F# major")
        assert start == 0
        assert cut == again == pytest.approx(first.duration_s, abs=6)
        assert end == pytest.approx(joined(first, second).duration_s, abs=1)

    @pytest.mark.parametrize("up", [1, 2, 7])
    def test_a_change_to_a_near_key_is_found(self, up: int) -> None:
        first, second = song(3, MAJOR, bars=16), song((3 + up) % 12, MAJOR, bars=16)

        spans = ranges(analyse(joined(first, second)))

        assert [key for _, _, key in spans] == ["D# major", f"{TONICS[3 + up]} major"]
        assert spans[1][0] == pytest.approx(first.duration_s, abs=6)

    @pytest.mark.parametrize("seconds", [20.3, 21.9, 24.1])
    def test_a_song_cut_off_on_another_chord_keeps_its_key(self, seconds: float) -> None:
        assert analyse(cut(song(7, MAJOR, bars=16), seconds)).key == "G major"

    def test_the_relative_key_has_the_same_notes(self) -> None:
        assert analyse(song(9, MINOR)).extras["relative_key"] == "C major"
        assert analyse(song(0, MAJOR)).extras["relative_key"] == "A minor"


class TestTempo:
    @pytest.mark.parametrize("bpm", [62.5, 75.0, 89.9, 100.0, 118.3, 127.9, 150.0])
    def test_of_music_is_exact_to_a_tenth_of_a_percent(self, bpm: float) -> None:
        found = analyse(song(4, MINOR, bpm=bpm, bars=16))

        readings = [found.bpm, *(other["bpm"] for other in found.extras["tempo_alternatives"])]
        assert min(abs(reading / bpm - 1) for reading in readings) < 0.001
        assert any(abs(found.bpm / (bpm * factor) - 1) < 0.001 for factor in (1, 2, 0.5))

    @pytest.mark.parametrize("bpm", [80.0, 112.4, 140.0])
    @pytest.mark.parametrize("seconds", [8.0, 20.0, 61.0])
    def test_of_clicks(self, bpm: float, seconds: float) -> None:
        assert analyse(clicks(bpm, seconds)).bpm == pytest.approx(bpm, rel=0.003)

    @pytest.mark.parametrize("bpm", [70.0, 92.5, 126.0])
    def test_soft_attacks_are_a_pulse_too(self, bpm: float) -> None:
        assert analyse(strings(bpm, 40.0)).bpm == pytest.approx(bpm, rel=0.005)

    @pytest.mark.parametrize("seconds", [3.0, 30.0, 80.0])
    def test_a_held_chord_has_none(self, seconds: float) -> None:
        found = analyse(held_chord(seconds))

        assert (found.key, found.bpm) == ("A major", 0.0)

    @pytest.mark.parametrize("gain", [0.001, 0.03, 1.4])
    def test_loudness_makes_no_difference(self, gain: float) -> None:
        piece = song(5, MINOR, bpm=97.3)

        found = analyse(Audio(np.float32(gain) * piece.samples, RATE_HZ))

        assert found.key == "F minor"
        assert found.bpm == pytest.approx(analyse(piece).bpm, rel=0.001)

    def test_scores_of_the_alternatives_are_shares(self) -> None:
        found = analyse(clicks(100.0, 20.0))

        scores = [other["score"] for other in found.extras["tempo_alternatives"]]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores) + found.extras["confidence"]["bpm"] == pytest.approx(1.0, abs=0.01)


def noise(shape: tuple[int, int]) -> np.ndarray:
    return 0.1 * np.random.default_rng(6).standard_normal(shape)


class TestNoMusic:
    @pytest.mark.parametrize("frames", [1, 2, 255, 256, 4095, 4097, RATE_HZ, 5 * RATE_HZ])
    @pytest.mark.parametrize("make", [np.zeros, np.ones, noise])
    def test_odd_inputs_give_a_plain_answer(self, make: Callable[..., np.ndarray], frames: int) -> None:
        found = analyse(Audio(make((1, frames)).astype(np.float32), RATE_HZ))

        assert found.key in {*KEYS, "unknown"}
        assert 0 <= found.bpm < 300
        assert "NaN" not in json.dumps([found.key_changes, found.bpm, found.extras])
        assert ranges(found)[0][0] == 0
        assert ranges(found)[-1][1] == max(1, -(-frames // RATE_HZ))

    def test_silence_has_neither(self) -> None:
        found = analyse(Audio(np.zeros((1, 10 * RATE_HZ), np.float32), RATE_HZ))

        assert (found.key, found.bpm, found.key_changes) == ("unknown", 0.0, {"0-10": ["unknown"]})

    @pytest.mark.parametrize("seconds", [1, 3, 10, 60])
    def test_noise_has_neither(self, seconds: int) -> None:
        found = analyse(Audio(noise((1, seconds * RATE_HZ)).astype(np.float32), RATE_HZ))

        assert (found.key, found.bpm) == ("unknown", 0.0)
        assert found.extras["relative_key"] == "unknown"

    def test_another_rate_is_refused(self) -> None:
        with pytest.raises(ValueError, match="22050 Hz, not 44100"):
            analyse(Audio(np.zeros((1, 100), np.float32), 44_100))


class TestProgress:
    def test_rises_to_one(self) -> None:
        seen: list[float] = []

        EmbeddedKeyTempo().analyse(song(0, MAJOR), report=seen.append)

        assert seen == sorted(seen)
        assert seen[-1] == 1.0

    def test_rises_to_one_without_music(self) -> None:
        seen: list[float] = []

        EmbeddedKeyTempo().analyse(Audio(np.zeros((1, 1), np.float32), RATE_HZ), report=seen.append)

        assert seen == sorted(seen)
        assert seen[-1] == 1.0

    @pytest.mark.parametrize("after", [0.1, 0.4, 0.7, 0.9])
    def test_a_cancel_gets_through(self, after: float) -> None:
        def cancelled(fraction: float) -> None:
            if fraction > after:
                raise Cancelled

        with pytest.raises(Cancelled):
            EmbeddedKeyTempo().analyse(song(0, MAJOR), report=cancelled)


def test_the_ranges_cover_the_whole_recording_without_gaps() -> None:
    found = analyse(joined(*(song(tonic, MAJOR, bars=10) for tonic in (0, 5, 10, 3))))

    spans = ranges(found)
    assert len(spans) > 1
    assert spans[0][0] == 0
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    def peak_bytes(seconds: int) -> int:
        samples = np.memmap(tmp_path / f"{seconds}.f32", np.float32, "w+", shape=(seconds * RATE_HZ, 1)).T
        samples[:] = np.resize(song(2, MAJOR).samples, samples.shape)
        tracemalloc.start()
        try:
            analyse(Audio(samples, RATE_HZ))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_bytes(1)  # loads the libraries
    grown = peak_bytes(440) - peak_bytes(280)

    assert grown < 3e6  # the samples themselves: 14 MB more
