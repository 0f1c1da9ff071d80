"""A band-split RoFormer from tiny random checkpoints in the format of the public ones."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file

from models.base import Audio
from models.room.ladder import Batches
from models.separation.roformer import RoformerSeparator
from models.separation.roformer_network import BANDS
from models.tiny.roformer import CONFIG, network
from tests.support.media import no_report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("roformer")
    (made / "config.yaml").write_text(CONFIG)
    torch.save(network().state_dict(), made / "model.ckpt")
    return made


def noise(frames: int) -> Audio:
    return Audio(np.random.default_rng(1).normal(0, 0.1, (2, frames)).astype(np.float32), 44_100)


@pytest.mark.parametrize("frames", [1, 22_050, 60_001])
@pytest.mark.parametrize("quality", ["draft", "high"])
def test_each_stem_is_as_long_as_the_mix(folder: Path, frames: int, quality: str) -> None:
    separator = RoformerSeparator(folder)

    out = np.concatenate(list(separator.separate(noise(frames), quality=quality, report=no_report)), axis=-1)

    assert separator.stems == ("vocals", "bass", "drums", "other")
    assert out.shape == (4, 2, frames)
    assert np.isfinite(out).all()


def test_both_formats_give_the_same(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    save_file({name: value.clone() for name, value in network().state_dict().items()}, tmp_path / "model.safetensors")

    first, second = (
        next(RoformerSeparator(place).separate(noise(22_050), report=no_report)) for place in (folder, tmp_path)
    )

    assert np.array_equal(first, second)


def test_a_mask_of_one_gives_the_mix_back() -> None:
    """The masks are applied to the bins they were made for, channel by channel."""
    made = network().eval()
    for estimator in made.mask_estimators:
        for band in estimator.to_freqs:
            last = band[0][-1]
            width = last.out_features // 2
            torch.nn.init.zeros_(last.weight)
            with torch.no_grad():
                last.bias[:width] = torch.tensor([1.0, 0.0]).repeat(width // 2)
                last.bias[width:] = 40.0  # the sigmoid of it is 1
    sound = torch.from_numpy(noise(4096).samples)[None]

    with torch.inference_mode():
        out = made(sound)

    assert torch.allclose(out, sound[:, None].expand_as(out), atol=1e-5)


def test_names_of_parameters_are_those_of_public_checkpoints() -> None:
    names = set(network().state_dict())

    assert {
        "band_split.to_features.0.0.gamma",
        "band_split.to_features.0.1.weight",
        "layers.0.0.layers.0.0.norm.gamma",
        "layers.0.0.layers.0.0.to_qkv.weight",
        "layers.0.0.layers.0.0.to_gates.bias",
        "layers.0.0.layers.0.0.to_out.0.weight",
        "layers.0.0.layers.0.0.rotary_embed.freqs",
        "layers.0.1.layers.0.1.net.0.gamma",
        "layers.0.1.layers.0.1.net.1.weight",
        "layers.0.1.layers.0.1.net.4.bias",
        "final_norm.gamma",
        "mask_estimators.3.to_freqs.15.0.0.weight",
        "mask_estimators.3.to_freqs.15.0.2.bias",
    } <= names
    assert sum(BANDS) == 1025
    assert len(BANDS) == 62


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"num_stems": 2}, "one output per instrument"),
        ({"dim": 32}, "Error"),
        ({"freqs_per_bands": [8, 8]}, "cover 16 of 129"),
    ],
)
def test_what_does_not_fit_is_told(folder: Path, tmp_path: Path, change: dict[str, object], told: str) -> None:
    config = yaml.safe_load(CONFIG.replace("!!python/tuple ", ""))
    config["model"] |= change
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "model.ckpt").write_bytes((folder / "model.ckpt").read_bytes())

    with pytest.raises(ValueError, match=told):
        RoformerSeparator(tmp_path)


def test_memory_that_does_not_suffice_for_a_batch_suffices_for_less(folder: Path) -> None:
    relieved: list[bool] = []
    separator = RoformerSeparator(folder, relieve=lambda: relieved.append(True))
    sizes: list[int] = []

    def small(part: torch.Tensor) -> torch.Tensor:
        sizes.append(part.shape[0])
        if part.shape[0] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return part[:, None].expand(-1, 4, -1, -1)

    separator._network = small  # type: ignore[assignment]
    out = separator._run(np.ones((3, 2, 100), np.float32), Batches((4, 2, 1)))

    assert out.shape == (3, 4, 2, 100)
    assert sizes == [2, 1, 1, 1]
    assert relieved == [True]


def test_what_it_is_made_with_is_its_standard_quality(folder: Path) -> None:
    audio = noise(60_000)

    slow = np.concatenate(list(RoformerSeparator(folder, overlap=0.5).separate(audio, report=no_report)), axis=-1)

    high = np.concatenate(list(RoformerSeparator(folder).separate(audio, quality="high", report=no_report)), axis=-1)
    assert np.array_equal(slow, high)
    with pytest.raises(ValueError, match="dtype is one of float16"):
        RoformerSeparator(folder, dtype="half")


def test_two_checkpoints_are_one_too_many(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    for name in ("a.ckpt", "b.ckpt"):
        (tmp_path / name).write_bytes((folder / "model.ckpt").read_bytes())

    with pytest.raises(ValueError, match="one checkpoint, not 2"):
        RoformerSeparator(tmp_path)


def test_another_rate_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="stereo at 44100 Hz"):
        list(RoformerSeparator(folder).separate(Audio(np.zeros((2, 10), np.float32), 48_000), report=no_report))
