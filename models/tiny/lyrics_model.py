"""A tiny random Qwen3 with a tokenizer of single bytes, in the files of a folder of the transformers library."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

from models.room.manifest import Manifest

WIDTH, HEADS = 32, 2
BYTES = 256
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
PAD, END = BYTES, BYTES + SPECIAL.index("<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def write(manifest: Manifest, folder: Path) -> None:
    """Every file the manifest lists; weights in as many parts as it has."""
    generator = torch.Generator().manual_seed(3)
    config = Qwen3Config(
        vocab_size=BYTES + len(SPECIAL), hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=1,
        num_attention_heads=HEADS, num_key_value_heads=1, head_dim=WIDTH // HEADS, max_position_embeddings=4096,
        tie_word_embeddings=False, eos_token_id=END, pad_token_id=PAD, dtype="float32",
    )  # fmt: skip
    model = Qwen3ForCausalLM(config)
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(
                torch.randn(weights.shape, generator=generator) * (0.3 if weights.ndim > 1 else 0.0)
                + (weights.ndim == 1)
            )
    config.architectures = ["Qwen3ForCausalLM"]
    config.save_pretrained(folder)
    model.generation_config.eos_token_id = [END, PAD]
    model.generation_config.save_pretrained(folder)
    _write_json(folder / "tokenizer.json", _tokenizer())
    _write_json(folder / "tokenizer_config.json", _settings())
    parts = [file.path for file in manifest.files if file.path.endswith(".safetensors")]
    tensors = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    where = {name: parts[number % len(parts)] for number, name in enumerate(tensors)}
    for part in parts:
        save_file({name: tensors[name] for name in tensors if where[name] == part}, folder / part, {"format": "pt"})
    if len(parts) > 1:
        size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        _write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": where})


def _tokenizer() -> dict[str, Any]:
    """The format of the tokenizers library: bytes, and no merges."""
    letters = _byte_letters()
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "added_tokens": [{"id": BYTES + n, "content": token, **flags} for n, token in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": {letters[byte]: byte for byte in range(BYTES)}, "merges": []},
    }


def _byte_letters() -> dict[int, str]:
    """GPT-2's: bytes that cannot be printed become other letters."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("\u00a1"), ord("\u00ac") + 1), *range(ord("\u00ae"), BYTES)]
    others = [byte for byte in range(BYTES) if byte not in printed]
    return {byte: chr(byte) for byte in printed} | {byte: chr(BYTES + number) for number, byte in enumerate(others)}


def _settings() -> dict[str, Any]:
    return {
        "tokenizer_class": "Qwen2Tokenizer",
        "chat_template": TEMPLATE,
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 4096,
        "clean_up_tokenization_spaces": False,
    }


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
