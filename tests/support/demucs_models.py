"""Tiny random Demucs networks in the older format of demucs; the newer one is that of `woodshed models tiny`."""

import hashlib
import io
from pathlib import Path

import torch
from demucs.htdemucs import HTDemucs

from models.tiny.demucs import network


def save_th(folder: Path, signature: str, seed: int) -> Path:
    """`<signature>-<first 8 digits of the sha256>.th`."""
    model, options = network(seed)
    kept = {"klass": HTDemucs, "args": (), "kwargs": options, "state": model.state_dict(), "training_args": {}}
    buffer = io.BytesIO()
    torch.save(kept, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    path = folder / f"{signature}-{digest}.th"
    path.write_bytes(buffer.getvalue())
    return path
