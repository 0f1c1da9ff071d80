"""kNN-VC from files in the formats of the real ones: tiny random networks, and neighbours whose truth is known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from models.base import Audio, Voice
from models.catalogue import built_in
from models.tiny.knn_vc import VOCODER, split, write
from models.voices.hifigan import Generator, fused, loaded, shape_of
from models.voices.knn_vc import KnnVoices, nearest
from models.voices.profile import measure
from tests.engines.test_voice_profile import RATE_HZ, talker
from tests.support.media import no_report

REFERENCE = Audio(talker(200.0, 1.15, 2.0), RATE_HZ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("knn-vc")
    write(built_in()["knn-vc"], made)
    return made


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice("v", "Anna", "female", "en", measure(REFERENCE), REFERENCE)


@pytest.mark.parametrize(("rate_hz", "channels", "frames"), [(16_000, 1, 1), (16_000, 1, 399), (44_100, 2, 60_000)])
@pytest.mark.parametrize("sung", [False, True])
def test_any_rate_and_length(
    folder: Path, voice: Voice, *, rate_hz: int, channels: int, frames: int, sung: bool
) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (channels, frames)).astype(np.float32)
    seen: list[float] = []

    blocks = KnnVoices(folder).convert(
        Audio(samples, rate_hz), voice=voice, pitch_semitones=2, sung=sung, report=seen.append
    )
    out = np.concatenate(list(blocks), axis=1)

    assert out.shape == samples.shape
    assert np.isfinite(out).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_same_is_said_the_same_way_twice(folder: Path, voice: Voice) -> None:
    audio = Audio(talker(115.0, 1.0, 2.0), RATE_HZ)

    first, second = (
        np.concatenate(list(KnnVoices(folder).convert(audio, voice=voice, report=no_report)), axis=1) for _ in range(2)
    )

    assert np.array_equal(first, second)
    assert np.abs(first).max() > 0.01


def test_the_features_are_those_after_the_sixth_layer_of_the_whole_model(folder: Path) -> None:
    from transformers import WavLMModel

    mono = np.random.default_rng(2).normal(0, 0.1, 3_200).astype(np.float32)
    whole = WavLMModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        padded = torch.from_numpy(np.pad(mono, (0, 80)))[None]
        expected = whole(padded, output_hidden_states=True).hidden_states[6][0]

    found = KnnVoices(folder)._features(mono)

    assert found.shape == (10, 32)
    assert torch.allclose(found, expected, atol=1e-5)


def test_neighbours_are_those_of_the_same_direction() -> None:
    pool = torch.tensor([[1.0, 0.0], [9.0, 0.1], [2.0, 0.0], [3.0, 0.1], [0.0, 50.0], [-1.0, 0.0]])

    assert torch.allclose(nearest(torch.tensor([[0.5, 0.0]]), pool), pool[:4].mean(dim=0))
    assert torch.allclose(nearest(torch.tensor([[0.5, 0.0]]), pool[4:5]), pool[4:5])


def test_direction_and_length_become_the_weights_they_were_made_of() -> None:
    torch.manual_seed(1)
    weights = Generator(shape_of(VOCODER), 16, features=32).state_dict()

    kept = split(weights, except_for=("lin_pre",))
    again = fused(kept)

    assert "ups.0.weight_g" in kept
    assert kept["ups.0.weight_g"].shape == (32, 1, 1)
    assert set(again) == set(weights)
    assert all(torch.allclose(again[name], weights[name], atol=1e-6) for name in weights)


def test_fused_weights_are_those_of_torch() -> None:
    torch.manual_seed(2)
    layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.ConvTranspose1d(4, 2, 6, 3))
    length, direction = layer.parametrizations.weight.original0 * 2, layer.parametrizations.weight.original1
    layer.parametrizations.weight.original0.data = length.data

    found = fused({"weight_g": length, "weight_v": direction, ".weight_g": length, ".weight_v": direction})[".weight"]

    assert torch.allclose(found, layer.weight, atol=1e-6)


def test_a_voice_without_a_recording_is_refused(folder: Path, voice: Voice) -> None:
    bare = Voice("b", "Bare", "male", "en", voice.profile)

    with pytest.raises(ValueError, match="no recording of the voice Bare"):
        list(KnnVoices(folder).convert(REFERENCE, voice=bare, report=no_report))


def test_files_of_another_network_are_refused() -> None:
    with pytest.raises(ValueError, match="blocks of kind 2"):
        shape_of({"resblock": "2"})
    network = Generator(shape_of(VOCODER), 16, features=32)
    with pytest.raises(ValueError, match=r"no lin_pre\.weight of the right size"):
        loaded(network, {"other": torch.zeros(1)})
