"""A tiny network with the inputs and output of Kokoro's ONNX export, its vocabulary and voices of its form."""

import json
from pathlib import Path

import numpy as np

from models.room.manifest import Manifest
from models.tiny.onnx import Node, onnx_model

FRAMES_PER_TOKEN, STYLE, STYLES, TOKENS = 600, 256, 510, 178
# Of the vocabulary of Kokoro 1.0 what its languages need most; the numbers do not matter here.
SYMBOLS = (
    '$;:,.!?—…"()“” \u0303ʣʥʦʨᵝAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ'
)


def write(manifest: Manifest, folder: Path) -> None:
    """Every token becomes 25 ms of a waveform that depends on it and on the style."""
    rng = np.random.default_rng(9)
    network = onnx_model(
        [
            Node("Gather", ("waves", "input_ids"), ("sound",)),
            Node("MatMul", ("style", "mix"), ("coloured",)),
            Node("Tanh", ("coloured",), ("gain",)),
            Node("Mul", ("sound", "gain"), ("louder",)),
            Node("Reshape", ("louder", "flat"), ("joined",)),
            Node("Div", ("joined", "speed"), ("waveform",)),
        ],
        {"input_ids": (1, "sequence_length"), "style": (1, STYLE), "speed": (1,)},
        {"waveform": (1, "num_samples")},
        {
            "waves": rng.normal(0, 0.1, (TOKENS, FRAMES_PER_TOKEN)).astype(np.float32),
            "mix": rng.normal(0, 0.1, (STYLE, FRAMES_PER_TOKEN)).astype(np.float32),
            "flat": np.array([1, -1], np.int64),
        },
    )
    vocabulary = {symbol: number for number, symbol in enumerate(dict.fromkeys(SYMBOLS))}
    for file in manifest.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".onnx":
            path.write_bytes(_with_integers(network, "input_ids"))
        elif path.suffix == ".json":
            path.write_text(json.dumps({"model": {"vocab": vocabulary}}), encoding="utf-8")
        else:
            rng.normal(0, 1, (STYLES, 1, STYLE)).astype("<f4").tofile(path)


def _with_integers(model: bytes, name: str) -> bytes:
    """The same graph, its input of that name declared as int64; `onnx_model` declares all as float."""
    floats, integers = b"\x08\x01", b"\x08\x07"  # element type of a tensor
    at = model.rindex(bytes([len(name)]) + name.encode())  # inputs stand behind the nodes that name them
    kind = model.index(floats, at)
    return model[:kind] + integers + model[kind + len(floats) :]
