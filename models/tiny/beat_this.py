"""A tiny random Beat This! checkpoint, as its training program writes them."""

from pathlib import Path

import torch
from beat_this.model.beat_tracker import BeatThis

from models.room.manifest import Manifest

SHAPE = {"spect_dim": 128, "transformer_dim": 32, "n_layers": 1, "head_dim": 16, "stem_dim": 16}


def write(manifest: Manifest, folder: Path) -> None:
    torch.manual_seed(3)
    weights = {f"model.{name}": value for name, value in BeatThis(**SHAPE).state_dict().items()}
    hyper_parameters = {**SHAPE, "lr": 0.0008}  # a checkpoint tells of the training too
    torch.save({"hyper_parameters": hyper_parameters, "state_dict": weights}, folder / manifest.files[0].path)
