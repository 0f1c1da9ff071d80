"""Tiny random Demucs networks in the formats that demucs itself writes."""

import hashlib
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import yaml
from demucs.htdemucs import HTDemucs
from safetensors.torch import save_file

SOURCES = ["drums", "bass", "other", "vocals"]
SEGMENT_S = 2


def network(seed: int, sources: list[str] | None = None) -> tuple[HTDemucs, dict[str, Any]]:
    torch.manual_seed(seed)
    options = {
        "sources": sources or SOURCES,
        "channels": 8,
        "t_layers": 1,
        "bottom_channels": 64,
        "segment": Fraction(SEGMENT_S),
        "samplerate": 44_100,
    }
    return HTDemucs(**options).eval(), options


def save_th(folder: Path, signature: str, seed: int, sources: list[str] | None = None) -> Path:
    """`<signature>-<first 8 digits of the sha256>.th`."""
    model, options = network(seed, sources)
    kept = {"klass": HTDemucs, "args": (), "kwargs": options, "state": model.state_dict(), "training_args": {}}
    buffer = io.BytesIO()
    torch.save(kept, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    path = folder / f"{signature}-{digest}.th"
    path.write_bytes(buffer.getvalue())
    return path


def save_safetensors(folder: Path, signature: str, seed: int, *, klass: str = "demucs.htdemucs.HTDemucs") -> Path:
    model, options = network(seed)
    kwargs = {**options, "segment": {"_type": "fraction", "numerator": SEGMENT_S, "denominator": 1}}
    path = folder / f"{signature}.safetensors"
    about = {"klass": klass, "args": "[]", "kwargs": json.dumps(kwargs)}
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, path, metadata=about)
    return path


def save_bag(folder: Path, name: str, signatures: list[str], weights: list[list[float]] | None = None) -> None:
    (folder / f"{name}.yaml").write_text(
        yaml.safe_dump({"models": signatures, **({"weights": weights} if weights else {})})
    )
