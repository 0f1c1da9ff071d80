"""The tone colour converter from files in the authors' formats, with tiny random networks."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from models.base import Audio, Voice
from models.catalogue import built_in
from models.tiny.openvoice import CONFIG, write
from models.voices.openvoice import OpenVoice
from models.voices.openvoice_network import Converter
from models.voices.profile import measure
from tests.engines.test_voice_profile import RATE_HZ, talker
from tests.support.media import no_report

REFERENCE = Audio(talker(200.0, 1.15, 2.0), RATE_HZ)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("openvoice")
    write(built_in()["openvoice-v2"], made)
    return made


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice("v", "Anna", "female", "en", measure(REFERENCE), REFERENCE)


@pytest.mark.parametrize(("rate_hz", "channels", "frames"), [(16_000, 1, 1), (8_000, 1, 300), (44_100, 2, 50_000)])
def test_any_rate_and_length(folder: Path, voice: Voice, rate_hz: int, channels: int, frames: int) -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, (channels, frames)).astype(np.float32)
    seen: list[float] = []

    blocks = OpenVoice(folder).convert(Audio(samples, rate_hz), voice=voice, pitch_semitones=2, report=seen.append)
    out = np.concatenate(list(blocks), axis=1)

    assert out.shape == samples.shape
    assert np.isfinite(out).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_same_is_said_the_same_way_twice(folder: Path, voice: Voice) -> None:
    audio = Audio(talker(115.0, 1.0, 2.0), RATE_HZ)

    first, second = (
        np.concatenate(list(OpenVoice(folder).convert(audio, voice=voice, report=no_report)), axis=1) for _ in range(2)
    )

    assert np.array_equal(first, second)
    assert np.abs(first).max() > 0.01


def test_the_flow_backwards_undoes_the_flow() -> None:
    torch.manual_seed(1)
    flow = Converter(CONFIG).flow
    x, condition = torch.randn(1, 16, 30), torch.randn(1, 16, 1)

    with torch.inference_mode():
        again = flow.backwards(flow(x, condition), condition)

    assert torch.allclose(again, x, atol=1e-5)


@pytest.mark.parametrize("frames", [1, 256, 2_000])
def test_there_is_a_frame_of_magnitudes_per_hop(folder: Path, frames: int) -> None:
    t = np.arange(frames) / 22_050

    found = OpenVoice(folder)._magnitudes(np.sin(2 * np.pi * 2_000 * t).astype(np.float32))

    assert found.shape[1] == 513
    assert found.shape[2] >= -(-frames // 256)
    if frames > 1_024:
        assert abs(int(found[0, :, 3].argmax()) - 2_000 / 22_050 * 1024) < 1


def test_a_voice_without_a_recording_is_refused(folder: Path, voice: Voice) -> None:
    bare = Voice("b", "Bare", "male", "en", voice.profile)

    with pytest.raises(ValueError, match="no recording of the voice Bare"):
        list(OpenVoice(folder).convert(REFERENCE, voice=bare, report=no_report))


def test_files_of_another_network_are_refused(folder: Path, tmp_path: Path) -> None:
    write(built_in()["openvoice-v2"], tmp_path)
    config = tmp_path / "converter" / "config.json"
    wide = json.loads(config.read_text()) | {"model": CONFIG["model"] | {"inter_channels": 32}}
    config.write_text(json.dumps(wide))
    with pytest.raises(ValueError, match="of the right size"):
        OpenVoice(tmp_path)
    config.write_text(json.dumps({"data": CONFIG["data"] | {"n_speakers": 10}, "model": CONFIG["model"]}))
    with pytest.raises(ValueError, match="speakers of its own"):
        OpenVoice(tmp_path)
