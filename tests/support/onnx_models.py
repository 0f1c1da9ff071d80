"""Small ONNX graphs, written as protobuf messages by hand: the package onnx is not needed to run models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Shape = Sequence[int | str]  # a name stands for any number
IR_VERSION, OPSET = 8, 13
FLOAT, INT64 = 1, 7
INT_ATTRIBUTE, INTS_ATTRIBUTE = 2, 7
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


@dataclass(frozen=True)
class Node:
    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, int | Sequence[int]] = field(default_factory=dict)


def onnx_model(
    nodes: Sequence[Node],
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    constants: Mapping[str, np.ndarray],
) -> bytes:
    graph = b"".join(_field(1, _node(node)) for node in nodes) + _field(2, b"g")
    graph += b"".join(_field(5, _tensor(name, values)) for name, values in constants.items())
    graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
    graph += b"".join(_field(12, _value(name, shape)) for name, shape in outputs.items())
    return _number(1, IR_VERSION) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, OPSET))


def deep_filter_networks(folder: Path, rng: np.random.Generator | None) -> Path:
    """enc.onnx, erb_dec.onnx, df_dec.onnx and config.ini: random networks, or without `rng` ones that change nothing."""

    def weights(*shape: int) -> np.ndarray:
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


def _node(node: Node) -> bytes:
    names = b"".join(_field(1, name.encode()) for name in node.inputs)
    names += b"".join(_field(2, name.encode()) for name in node.outputs)
    made = b""
    for name, value in node.attributes.items():
        if isinstance(value, int):
            content = _number(3, value) + _number(20, INT_ATTRIBUTE)
        else:
            content = b"".join(_number(8, one) for one in value) + _number(20, INTS_ATTRIBUTE)
        made += _field(5, _field(1, name.encode()) + content)
    return names + _field(4, node.kind.encode()) + made


def _tensor(name: str, values: np.ndarray) -> bytes:
    kind = INT64 if values.dtype == np.int64 else FLOAT
    dims = b"".join(_number(1, size) for size in values.shape)
    return dims + _number(2, kind) + _field(8, name.encode()) + _field(9, values.tobytes())


def _value(name: str, shape: Shape) -> bytes:
    dims = (_number(1, size) if isinstance(size, int) else _field(2, size.encode()) for size in shape)
    tensor = _number(1, FLOAT) + _field(2, b"".join(_field(1, dim) for dim in dims))
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
