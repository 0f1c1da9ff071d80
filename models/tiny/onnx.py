"""Small ONNX graphs, written as protobuf messages by hand: the package onnx is not needed to run models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = Sequence[int | str]  # a name stands for any number
IR_VERSION, OPSET = 8, 13
FLOAT, INT64 = 1, 7
INT_ATTRIBUTE, INTS_ATTRIBUTE = 2, 7
LAST_OF_VARINT = 127


@dataclass(frozen=True, slots=True)
class Node:
    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, int | Sequence[int]] = field(default_factory=dict)


def onnx_model(
    nodes: Sequence[Node],
    inputs: Mapping[str, Shape],
    outputs: Mapping[str, Shape],
    constants: Mapping[str, NDArray[Any]],
) -> bytes:
    graph = b"".join(_field(1, _node(node)) for node in nodes) + _field(2, b"g")
    graph += b"".join(_field(5, _tensor(name, values)) for name, values in constants.items())
    graph += b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
    graph += b"".join(_field(12, _value(name, shape)) for name, shape in outputs.items())
    return _number(1, IR_VERSION) + _field(7, graph) + _field(8, _field(1, b"") + _number(2, OPSET))


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


def _tensor(name: str, values: NDArray[Any]) -> bytes:
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
    while value > LAST_OF_VARINT:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
