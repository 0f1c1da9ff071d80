"""Tiny networks of DeepFilterNet3's ONNX export: encoder, decoder of bands, decoder of filters, and their settings."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.room.manifest import Manifest
from models.tiny.onnx import Node, Shape, onnx_model

# What the networks of DeepFilterNet3 are given and give, by the names of its export.
BANDS, BINS, ORDER, CHANNELS = 32, 96, 5, 4
EMBEDDED = CHANNELS * BANDS // 4
SETTINGS = """[train]
model = deepfilternet3
[df]
sr = 48000
fft_size = 960
hop_size = 480
nb_erb = 32
nb_df = 96
norm_tau = 1
min_nb_erb_freqs = 2
df_order = 5
df_lookahead = 2
[deepfilternet]
conv_lookahead = 2
conv_ch = 4
"""


def write(_manifest: Manifest, folder: Path) -> None:
    deep_filter_networks(folder, np.random.default_rng(3))


def deep_filter_networks(folder: Path, rng: np.random.Generator | None) -> Path:
    """enc.onnx, erb_dec.onnx, df_dec.onnx and config.ini: random, or without `rng` ones that change nothing."""

    def weights(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, np.float32) if rng is None else rng.normal(0, 0.3, shape).astype(np.float32)

    unit = np.full(BANDS, 40.0, np.float32)  # the sigmoid of it is 1
    middle = np.zeros((BINS, ORDER, 2), np.float32)
    middle[:, 2, 0] = 1.0  # two steps before, two after
    shapes: dict[str, Shape] = {
        "e0": (1, CHANNELS, "S", BANDS),
        "e1": (1, CHANNELS, "S", BANDS // 2),
        "e2": (1, CHANNELS, "S", BANDS // 4),
        "e3": (1, CHANNELS, "S", BANDS // 4),
        "emb": (1, "S", EMBEDDED),
        "c0": (1, CHANNELS, "S", BINS),
        "lsnr": (1, "S", 1),
    }
    causal = {"kernel_shape": (3, 3), "pads": (2, 1, 0, 1)}
    half = {"kernel_shape": (1, 3), "pads": (0, 1, 0, 1), "strides": (1, 2)}
    encoder = onnx_model(
        [
            Node("Conv", ("feat_erb", "w0"), ("e0",), causal),
            Node("Conv", ("e0", "w1"), ("e1",), half),
            Node("Conv", ("e1", "w2"), ("e2",), half),
            Node("Tanh", ("e2",), ("e3",)),
            Node("Conv", ("feat_spec", "wc"), ("c0",), causal),
            Node("Transpose", ("e3",), ("t3",), {"perm": (0, 2, 3, 1)}),
            Node("Reshape", ("t3", "flat"), ("emb",)),
            Node("MatMul", ("emb", "wl"), ("lsnr",)),
        ],
        {"feat_erb": (1, 1, "S", BANDS), "feat_spec": (1, 2, "S", BINS)},
        shapes,
        {
            "w0": weights(CHANNELS, 1, 3, 3),
            "w1": weights(CHANNELS, CHANNELS, 1, 3),
            "w2": weights(CHANNELS, CHANNELS, 1, 3),
            "wc": weights(CHANNELS, 2, 3, 3),
            "wl": weights(EMBEDDED, 1),
            "flat": np.array([0, 0, EMBEDDED], np.int64),
        },
    )
    band_decoder = onnx_model(
        [
            Node("MatMul", ("emb", "w"), ("a",)),
            Node("Add", ("a", "b"), ("s",)),
            Node("Unsqueeze", ("s", "one"), ("u",)),
            Node("Conv", ("e0", "w0"), ("c",), {"kernel_shape": (1, 1)}),
            Node("Add", ("u", "c"), ("d",)),
            Node("Sigmoid", ("d",), ("m",)),
        ],
        {name: shapes[name] for name in ("emb", "e3", "e2", "e1", "e0")},
        {"m": (1, 1, "S", BANDS)},
        {
            "w": weights(EMBEDDED, BANDS),
            "b": unit if rng is None else weights(BANDS),
            "w0": weights(1, CHANNELS, 1, 1),
            "one": np.array([1], np.int64),
        },
    )
    filter_decoder = onnx_model(
        [
            Node("MatMul", ("emb", "w"), ("a",)),
            Node("Add", ("a", "b"), ("s",)),
            Node("Reshape", ("s", "split"), ("r",)),
            Node("Conv", ("c0", "w0"), ("c",), {"kernel_shape": (1, 1)}),
            Node("Transpose", ("c",), ("t",), {"perm": (0, 2, 3, 1)}),
            Node("Add", ("r", "t"), ("coefs",)),
        ],
        {name: shapes[name] for name in ("emb", "c0")},
        {"coefs": (1, "S", BINS, 2 * ORDER)},
        {
            "w": weights(EMBEDDED, BINS * ORDER * 2),
            "b": middle.reshape(-1) + weights(BINS * ORDER * 2),
            "w0": weights(2 * ORDER, CHANNELS, 1, 1),
            "split": np.array([0, 0, BINS, 2 * ORDER], np.int64),
        },
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (("enc", encoder), ("erb_dec", band_decoder), ("df_dec", filter_decoder)):
        (folder / f"{name}.onnx").write_bytes(data)
    (folder / "config.ini").write_text(SETTINGS)
    return folder
