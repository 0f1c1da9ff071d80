"""A tiny random kNN-VC: a WavLM as transformers keeps it, and the authors' generator with its configuration."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.room.manifest import Manifest
from models.voices.hifigan import Generator, shape_of

WIDTH = 32
LAYERS = 7
WAVLM: dict[str, Any] = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": [16] * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "do_stable_layer_norm": True,
    "feat_extract_norm": "layer",
}
VOCODER = {
    "resblock": "1",
    "upsample_rates": [10, 8, 2, 2],
    "upsample_kernel_sizes": [20, 16, 4, 4],
    "upsample_initial_channel": 32,
    "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilation_sizes": [[1, 3, 5]] * 3,
    "hubert_dim": WIDTH,
    "hifi_dim": 16,
    "sampling_rate": 16_000,
}


def write(manifest: Manifest, folder: Path) -> None:
    from transformers import WavLMConfig, WavLMModel

    torch.manual_seed(6)
    wavlm, vocoder, vocoder_config = (file.path for file in manifest.files[1:])
    config = WavLMConfig(**WAVLM)
    config.save_pretrained(folder)
    weights = WavLMModel(config).state_dict()
    torch.save({_published(name): value for name, value in weights.items()}, folder / wavlm)
    network = Generator(shape_of(VOCODER), 16, features=WIDTH)
    torch.save({"generator": split(network.state_dict(), except_for=("lin_pre",))}, folder / vocoder)
    (folder / vocoder_config).write_text(json.dumps(VOCODER), encoding="utf-8")


def _published(name: str) -> str:
    """The name in Microsoft's file, which is older than torch's present names."""
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        name = name.replace(f"parametrizations.weight.{new}", old)
    return name


def split(weights: dict[str, Tensor], *, except_for: tuple[str, ...]) -> dict[str, Tensor]:
    """Weights of convolutions kept as training programs do: direction and length apart."""
    parts: dict[str, Tensor] = {}
    for name, value in weights.items():
        if not name.endswith(".weight") or name.startswith(except_for):
            parts[name] = value
            continue
        length = value.flatten(1).norm(dim=1).reshape(-1, *(1,) * (value.dim() - 1))
        parts[f"{name}_g"], parts[f"{name}_v"] = length, 3 * value
    return parts
