"""Tiny random HTDemucs networks as demucs 4.1 writes them: safetensors that name their class, and the YAML of a bag."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import yaml
from demucs.htdemucs import HTDemucs
from safetensors.torch import save_file

from models.room.manifest import Manifest

STEMS = ("drums", "bass", "other", "vocals")
SEGMENT_S = 2
RATE_HZ = 44_100
KLASS = "demucs.htdemucs.HTDemucs"


def four_stems(manifest: Manifest, folder: Path) -> None:
    """One network for all stems, or four with one for each."""
    _write(manifest, folder, STEMS)


def six_stems(manifest: Manifest, folder: Path) -> None:
    _write(manifest, folder, (*STEMS, "guitar", "piano"))


def network(seed: int, stems: tuple[str, ...] = STEMS) -> tuple[Any, dict[str, Any]]:
    """A network, and what its class was called with."""
    torch.manual_seed(seed)
    options = {
        "sources": list(stems),
        "channels": 8,
        "t_layers": 1,
        "bottom_channels": 64,
        "segment": Fraction(SEGMENT_S),
        "samplerate": RATE_HZ,
    }
    return HTDemucs(**options).eval(), options


def save_safetensors(path: Path, seed: int, stems: tuple[str, ...] = STEMS, *, klass: str = KLASS) -> None:
    model, options = network(seed, stems)
    kwargs = {**options, "segment": {"_type": "fraction", "numerator": SEGMENT_S, "denominator": 1}}
    about = {"klass": klass, "args": "[]", "kwargs": json.dumps(kwargs)}
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, path, metadata=about)


def save_bag(path: Path, signatures: list[str], weights: list[list[float]] | None = None) -> None:
    bag = {"models": signatures, **({"weights": weights} if weights else {})}
    path.write_text(yaml.safe_dump(bag), encoding="utf-8")


def _write(manifest: Manifest, folder: Path, stems: tuple[str, ...]) -> None:
    names = [Path(file.path) for file in manifest.files]
    signatures = [name.stem for name in names if name.suffix == ".safetensors"]
    for seed, signature in enumerate(signatures):
        save_safetensors(folder / f"{signature}.safetensors", seed, stems)
    one_each = [[float(row == column) for column in range(len(stems))] for row in range(len(signatures))]
    bag = next(name for name in names if name.suffix == ".yaml")
    save_bag(folder / bag, signatures, one_each if len(signatures) == len(stems) else None)
