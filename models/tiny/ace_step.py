"""Tiny random ACE-Steps: the folder of the authors, and a pipeline that diffusers saved, each with a planner."""

import json
from pathlib import Path
from typing import Any

import torch

from models.music.ace_step.checkpoints import NULL_CONDITION, PARTS, RENAMED, configs_of
from models.music.ace_step.quiet import quiet
from models.room.manifest import Manifest
from models.tiny.planner import TALK, WIDTH, write_planner, write_qwen3

LATENTS = 4
CONFIG: dict[str, Any] = {
    "model_type": "acestep",
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "rms_norm_eps": 1e-6,
    "rope_theta": 1_000_000,
    "attention_bias": False,
    "attention_dropout": 0.0,
    "sliding_window": 128,
    "layer_types": ["sliding_attention", "full_attention"],
    "in_channels": 3 * LATENTS,
    "audio_acoustic_hidden_dim": LATENTS,
    "timbre_hidden_dim": LATENTS,
    "text_hidden_dim": WIDTH,
    "patch_size": 2,
    "pool_window_size": 5,
    "fsq_dim": 32,
    "fsq_input_levels": [8, 8, 8, 5, 5, 5],
    "fsq_input_num_quantizers": 1,
    "num_lyric_encoder_hidden_layers": 1,
    "num_timbre_encoder_hidden_layers": 1,
    "num_attention_pooler_hidden_layers": 2,
}
LARGER = {  # its encoders are narrower than its transformer
    "hidden_size": 48,
    "encoder_hidden_size": 32,
    "encoder_intermediate_size": 48,
    "encoder_num_attention_heads": 4,
    "encoder_num_key_value_heads": 2,
}
AUTOENCODER = {
    "encoder_hidden_size": 2 * LATENTS,
    "downsampling_ratios": [2, 4, 4, 6, 10],
    "channel_multiples": [1, 1, 1, 1, 1],
    "decoder_channels": LATENTS,
    "decoder_input_channels": LATENTS,
    "audio_channels": 2,
    "sampling_rate": 48_000,
}


@quiet()
def published(manifest: Manifest, folder: Path) -> None:
    """The folder as the authors publish it; its kind of transformer is in the manifest's paths."""
    from safetensors.torch import save_file

    places = _places(manifest, folder)
    place = next(name for key, name in places.items() if key.startswith("acestep-v15-"))
    larger = LARGER if "-xl-" in place.name else {}
    kind = {"is_turbo": place.name.endswith("turbo"), "model_version": place.name.rpartition("-")[2]}
    config = CONFIG | larger | kind
    parts = _parts(config)
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    prefixes = {part: prefix for prefix, part in PARTS.items()}
    weights, silence = {}, torch.empty(0)
    for part, module in parts.items():
        for name, value in module.state_dict().items():
            if name == "silence_latent":
                silence = value.transpose(1, 2).contiguous()
            else:
                weights[name if name == NULL_CONDITION else prefixes[part] + _authors(name)] = value.contiguous()
    shards = [folder / file.path for file in manifest.files if _is_weights(folder / file.path, place)]
    for number, shard in enumerate(shards):
        save_file({name: weights[name] for name in sorted(weights)[number :: len(shards)]}, shard)
    torch.save(silence, place / "silence_latent.pt")
    _autoencoder().save_pretrained(folder / "vae")
    write_qwen3(next(name for key, name in places.items() if key.startswith("Qwen3-")), TALK, seed=8)
    write_planner(next(name for key, name in places.items() if key.startswith("acestep-5Hz-")))


@quiet()
def saved(folder: Path, *, is_turbo: bool) -> None:
    """A pipeline as diffusers saves it, and a planner beside its parts."""
    from diffusers import AceStepPipeline, FlowMatchEulerDiscreteScheduler
    from transformers import AutoTokenizer, Qwen3Model

    text_encoder = folder / "text_encoder"
    write_qwen3(text_encoder, TALK, seed=8)
    tokenizer = AutoTokenizer.from_pretrained(text_encoder, local_files_only=True)
    parts = _parts(CONFIG | {"is_turbo": is_turbo})
    pipeline = AceStepPipeline(
        vae=_autoencoder(),
        text_encoder=Qwen3Model.from_pretrained(text_encoder, local_files_only=True),
        tokenizer=tokenizer,
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        **parts,
    )
    for path in text_encoder.glob("tokenizer*"):
        path.unlink()
    pipeline.save_pretrained(folder)
    write_planner(folder / "acestep-5Hz-lm-1.7B")


def _is_weights(path: Path, place: Path) -> bool:
    return path.parent == place and path.suffix == ".safetensors"


def _places(manifest: Manifest, folder: Path) -> dict[str, Path]:
    return {name: folder / name for name in dict.fromkeys(Path(file.path).parts[0] for file in manifest.files)}


def _authors(name: str) -> str:
    for theirs, ours in RENAMED.items():
        name = name.replace(ours, theirs)
    return name


def _parts(config: dict[str, Any]) -> dict[str, Any]:
    from diffusers import AceStepTransformer1DModel
    from diffusers.pipelines.ace_step import (
        AceStepAudioTokenDetokenizer,
        AceStepAudioTokenizer,
        AceStepConditionEncoder,
    )

    configs = configs_of(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(9)
        encoder = AceStepConditionEncoder(**configs["condition_encoder"])
        encoder.silence_latent.normal_(std=0.1)
        return {
            "transformer": AceStepTransformer1DModel(**configs["transformer"]),
            "condition_encoder": encoder,
            "audio_tokenizer": AceStepAudioTokenizer(**configs["audio_tokenizer"]),
            "audio_token_detokenizer": AceStepAudioTokenDetokenizer(**configs["audio_token_detokenizer"]),
        }


def _autoencoder() -> Any:  # noqa: ANN401 - diffusers has no types
    from diffusers import AutoencoderOobleck

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(10)
        return AutoencoderOobleck(**AUTOENCODER)
