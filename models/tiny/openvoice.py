"""A tiny random tone colour converter: its configuration file and a checkpoint, as the authors keep them."""

import json
from pathlib import Path
from typing import Any

import torch

from models.room.manifest import Manifest
from models.tiny.knn_vc import split
from models.voices.openvoice_network import Converter

CONFIG: dict[str, Any] = {
    "data": {"sampling_rate": 22_050, "filter_length": 1024, "hop_length": 256, "win_length": 1024, "n_speakers": 0},
    "model": {
        "zero_g": True,
        "inter_channels": 16,
        "hidden_channels": 16,
        "gin_channels": 16,
        "resblock": "1",
        "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5]] * 3,
        "upsample_rates": [8, 8, 2, 2],
        "upsample_initial_channel": 32,
        "upsample_kernel_sizes": [16, 16, 4, 4],
    },
}
# What the authors keep as it is; everything else has direction and length apart.
PLAIN = (
    "dec.conv_", "dec.cond", "enc_q.pre", "enc_q.proj", "ref_enc.gru", "ref_enc.proj", "ref_enc.layernorm",
    *(f"flow.flows.{number}.{part}" for number in (0, 2, 4, 6) for part in ("pre", "post")),
)  # fmt: skip


def write(manifest: Manifest, folder: Path) -> None:
    torch.manual_seed(8)
    config, checkpoint = (folder / file.path for file in manifest.files)
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    weights = split(Converter(CONFIG).state_dict(), except_for=PLAIN)
    torch.save({"model": weights, "iteration": 0, "optimizer": None, "learning_rate": 0.0002}, checkpoint)
