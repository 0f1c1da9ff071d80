"""Beat This! from a checkpoint in the authors' format: a tiny random one, and peaks whose truth is known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.analysis import beat_this
from models.analysis.beat_this import BeatThisTracker, beats_of, log_mel
from models.analysis.tempo import tempo_of_beats
from models.base import Audio
from models.catalogue import built_in
from models.tiny.beat_this import write
from tests.support.media import no_report
from tests.support.songs import MAJOR, song


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("beat-this")
    write(built_in()["beat-this"], made)
    return made


@pytest.mark.parametrize("frames", [1, 440, 441, 5_000, 22_050 * 40])
def test_beats_lie_inside_the_recording_and_downbeats_are_beats(folder: Path, frames: int) -> None:
    seen: list[float] = []
    samples = np.random.default_rng(1).normal(0, 0.1, (1, frames)).astype(np.float32)

    found = BeatThisTracker(folder).beats(Audio(samples, 22_050), report=seen.append)

    assert (np.diff(found.times_s) > 0).all()
    assert ((found.times_s >= 0) & (found.times_s <= frames / 22_050 + 0.02)).all()
    assert np.isin(found.downbeats_s, found.times_s).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_pieces_are_joined_where_their_edges_do_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that tells each frame's loudness finds the same beats however the recording is cut."""
    tracker = BeatThisTracker(folder)

    def loudness(spectra: torch.Tensor) -> dict[str, torch.Tensor]:
        level = spectra.mean(dim=2) - 0.5
        return {"beat": level, "downbeat": level - 10}

    tracker._model = loudness
    clicks = np.zeros((1, 22_050 * 70), np.float32)
    clicks[:, :: 22_050 // 2] = 1.0

    whole = tracker.beats(Audio(clicks, 22_050), report=no_report)
    monkeypatch.setattr(beat_this, "PIECE", 200)
    cut = tracker.beats(Audio(clicks, 22_050), report=no_report)

    assert np.array_equal(whole.times_s, cut.times_s)
    assert tempo_of_beats(whole.times_s) == pytest.approx(120.0, abs=0.05)


def test_peaks_become_beats_and_a_downbeat_moves_to_the_nearest() -> None:
    logits = np.full((2, 500), -5.0, np.float32)
    logits[0, 25:500:25] = 3.0
    logits[1, 26:500:100] = 2.0

    found = beats_of(logits)

    assert found.times_s.tolist() == [n / 2 for n in range(1, 20)]
    assert found.downbeats_s.tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]


def test_a_part_of_the_spectrum_equals_that_part_of_the_whole() -> None:
    mono = song(0, MAJOR, bars=4).samples[0]
    filters = beat_this._mel_filters()
    whole = log_mel(mono, 0, mono.size // 441 + 1, filters)

    assert np.allclose(log_mel(mono, 100, 200, filters), whole[100:200], atol=1e-6)
    assert whole.shape == (mono.size // 441 + 1, 128)


def test_the_spectrum_is_that_of_torch() -> None:
    """The network was trained on torch's: mirrored ends, periodic window, scaled by the root of its length."""
    mono = np.random.default_rng(2).normal(0, 0.3, 20_000).astype(np.float32)
    window = torch.hann_window(1024)
    spectrum = torch.stft(torch.from_numpy(mono), 1024, 441, window=window, normalized=True, return_complex=True)
    expected = torch.log1p(1000 * spectrum.abs().T @ torch.from_numpy(beat_this._mel_filters())).numpy()

    assert np.allclose(log_mel(mono, 0, expected.shape[0], beat_this._mel_filters()), expected, atol=2e-4)


def test_another_rate_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="22050 Hz, not 44100"):
        BeatThisTracker(folder).beats(Audio(np.zeros((1, 44_100), np.float32), 44_100), report=no_report)


@pytest.mark.parametrize(("times_s", "bpm"), [([], 0.0), ([1.0, 2.0, 3.0], 0.0), ([n * 0.4 for n in range(50)], 150.0)])
def test_tempo_of_beats(times_s: list[float], bpm: float) -> None:
    assert tempo_of_beats(np.array(times_s)) == pytest.approx(bpm)
