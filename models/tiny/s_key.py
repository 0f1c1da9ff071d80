"""An ONNX graph of the shape of S-KEY's conversions: audio of shape (1, frames) in, 24 probabilities out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.room.manifest import Manifest
from models.tiny.onnx import Node, onnx_model

KEYS = 24


def write(manifest: Manifest, folder: Path) -> None:
    scores = np.random.default_rng(2).dirichlet(np.ones(KEYS))
    (folder / manifest.files[0].path).write_bytes(graph(scores.tolist()))


def graph(scores: Sequence[float]) -> bytes:
    """A graph whose output is `scores` times the peak of its input."""
    return onnx_model(
        [
            Node("Abs", ("audio",), ("level",)),
            Node("ReduceMax", ("level",), ("peak",), {"axes": (1,), "keepdims": 1}),
            Node("MatMul", ("peak", "weights"), ("scores",)),
        ],
        {"audio": (1, "samples")},
        {"scores": (1, KEYS)},
        {"weights": np.array([scores], np.float32)},
    )
