"""Tiny random Whisper checkpoints: OpenAI's file, and the folder that CTranslate2's converters write."""

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from whisper.model import ModelDimensions, Whisper

from models.base import Samples
from models.room.manifest import Manifest
from models.transcription.whisper import tokenizer

WIDTH, HEADS, AUDIO_STEPS = 16, 2, 1500
OPENAI_TEXT_STEPS, TEXT_STEPS = 32, 448  # the first library takes the length from the file, the other knows it
SURE, TIMES, END = 3.0, 1501, 50_257
MELS, LANGUAGES, VOCABULARY = (
    80,
    99,
    51_865,
)  # a smaller vocabulary would tell both libraries that it knows English only


def openai_file(manifest: Manifest, folder: Path) -> None:
    """A file as `whisper.load_model` reads it."""
    model = _model(OPENAI_TEXT_STEPS)
    weights = model.half().state_dict()
    torch.save({"dims": asdict(model.dims), "model_state_dict": weights}, folder / manifest.files[0].path)


def converted_folder(manifest: Manifest, folder: Path) -> None:
    """Weights, vocabulary and tokenizer, and the preprocessor's settings where the manifest lists them."""
    from ctranslate2.specs import WhisperSpec

    model, tokens = _model(TEXT_STEPS), _tokens()
    spec: Any = WhisperSpec(1, HEADS, 1, HEADS)
    _fill(spec.encoder, model.encoder)
    _fill(spec.decoder, model.decoder)
    for name in ("conv1", "conv2"):
        _linear(getattr(spec.encoder, name), getattr(model.encoder, name))
    _norm(spec.encoder.layer_norm, model.encoder.ln_post)
    _norm(spec.decoder.layer_norm, model.decoder.ln)
    spec.decoder.embeddings.weight = spec.decoder.projection.weight = _array(model.decoder.token_embedding.weight)
    spec.register_vocabulary(tokens)
    first, last = tokens.index("<|startoftranscript|>") + 1, tokens.index("<|translate|>")
    spec.config.lang_ids = list(range(first, last))
    spec.config.alignment_heads = [(0, head) for head in range(HEADS)]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [tokens.index("<|endoftext|>")]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    _write_json(folder / "tokenizer.json", _tokenizer(tokens))
    listed = {file.path for file in manifest.files}
    if "vocabulary.txt" in listed:  # converters wrote lines before they wrote JSON
        (folder / "vocabulary.json").unlink()
        (folder / "vocabulary.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    if "preprocessor_config.json" in listed:
        _write_json(folder / "preprocessor_config.json", {"feature_size": MELS})


def _model(text_steps: int) -> Whisper:
    torch.manual_seed(5)
    dims = ModelDimensions(MELS, AUDIO_STEPS, WIDTH, HEADS, 1, VOCABULARY, text_steps, WIDTH, HEADS, 1)
    model = Whisper(dims)
    torch.nn.init.normal_(model.decoder.positional_embedding, std=0.1)  # it comes uninitialised
    with torch.no_grad():  # sure of some word, and soon at its end: else each is tried six times, and cut up by times
        vectors = model.decoder.token_embedding.weight
        vectors *= SURE
        vectors[-TIMES:] = vectors[END] = 0
        vectors[END, 0], model.decoder.ln.bias[0] = 15 * SURE, 1.5
    return model


def _tokens() -> list[str]:
    """Whisper's, as tokenizers write them: bytes that cannot be printed become other letters."""
    letters = _byte_letters()
    ranks = files("whisper").joinpath("assets", "multilingual.tiktoken").read_text(encoding="ascii").split()
    plain = ["".join(letters[byte] for byte in base64.b64decode(token)) for token in ranks[::2]]
    special = tokenizer(LANGUAGES, is_multilingual=True).special_tokens
    return plain + sorted(special, key=lambda token: special[token])


def _byte_letters() -> dict[int, str]:
    """GPT-2's."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {byte: chr(256 + number) for number, byte in enumerate(others)}


def _tokenizer(tokens: Sequence[str]) -> dict[str, Any]:
    """The format of the tokenizers library. Without merges it reads every text, and writes single bytes."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    ends = tokens.index("<|endoftext|>")
    return {
        "version": "1.0",
        "added_tokens": [{"id": ends + n, "content": token, **flags} for n, token in enumerate(tokens[ends:])],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": {token: n for n, token in enumerate(tokens)}, "merges": []},
    }


def _fill(spec: Any, module: Any) -> None:  # noqa: ANN401 - ctranslate2 has no types
    """The one layer of an encoder or decoder."""
    spec.position_encodings.encodings = _array(module.positional_embedding)
    (layer,), (block,) = spec.layer, module.blocks
    _attention(layer.self_attention, block.attn, block.attn_ln, parts=("query", "key", "value"))
    if block.cross_attn is not None:
        _attention(layer.attention, block.cross_attn, block.cross_attn_ln, parts=("key", "value"))
        _linear(layer.attention.linear[0], block.cross_attn.query)
    _linear(layer.ffn.linear_0, block.mlp[0])
    _linear(layer.ffn.linear_1, block.mlp[2])
    _norm(layer.ffn.layer_norm, block.mlp_ln)


def _attention(spec: Any, module: Any, norm: Any, parts: Sequence[str]) -> None:  # noqa: ANN401 - as above
    _norm(spec.layer_norm, norm)
    _linear(spec.linear[-1], module.out)
    layers = [getattr(module, part) for part in parts]
    fused = spec.linear[-2]
    fused.weight = np.concatenate([_array(layer.weight) for layer in layers])
    biases = [np.zeros(WIDTH, np.float32) if layer.bias is None else _array(layer.bias) for layer in layers]
    fused.bias = np.concatenate(biases)


def _linear(spec: Any, module: Any) -> None:  # noqa: ANN401 - as above
    spec.weight, spec.bias = _array(module.weight), _array(module.bias)


def _norm(spec: Any, module: Any) -> None:  # noqa: ANN401 - as above
    spec.gamma, spec.beta = _array(module.weight), _array(module.bias)


def _array(tensor: torch.Tensor) -> Samples:
    return np.ascontiguousarray(tensor.detach().float().numpy())


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
