"""A tiny random planner of ACE-Step: a Qwen3 that the authors' way of saving has left without its head."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

CODES, WIDTH = 64, 32
TALK = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
AUDIO = tuple(f"<|audio_code_{code}|>" for code in range(CODES))


def qwen3(vocabulary: int, width: int = WIDTH) -> dict[str, Any]:
    """What a Qwen3Config is made with."""
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": 48,
        "num_hidden_layers": 1,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 32_768,
        "tie_word_embeddings": True,
    }


def write_planner(folder: Path) -> None:
    """config.json, model.safetensors, tokenizer.json and tokenizer_config.json."""
    write_qwen3(folder, (*TALK, *AUDIO), seed=7)


def write_qwen3(folder: Path, special: Sequence[str], *, seed: int, width: int = WIDTH) -> None:
    from transformers import Qwen3Config, Qwen3Model

    vocabulary = write_tokenizer(folder, special)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = Qwen3Model(Qwen3Config(**qwen3(vocabulary, width)))
    with torch.no_grad():  # so that it expects one token more than another
        model.embed_tokens.weight *= 4
    model.save_pretrained(folder)


def write_tokenizer(folder: Path, special: Sequence[str]) -> int:
    """A tokenizer of single bytes and of `special` tokens, as transformers saves it. Returns the number of tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(special))
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": "<|im_end|>" if "<|im_end|>" in special else special[0],
        "pad_token": special[0],
        "model_max_length": 32_768,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return int(tokenizer.get_vocab_size())
