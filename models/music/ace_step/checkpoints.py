"""The parts of ACE-Step from a folder: as its authors publish them, or as diffusers saves a pipeline.

The authors' folder holds `acestep-v15-…` with everything that is peculiar to ACE-Step, `vae`,
`Qwen3-Embedding-…` and `acestep-5Hz-lm-…`, the planner; a pipeline of diffusers has the planner beside its parts.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers import (
    AceStepPipeline,
    AceStepTransformer1DModel,
    AutoencoderOobleck,
    FlowMatchEulerDiscreteScheduler,
)
from diffusers.pipelines.ace_step import AceStepAudioTokenDetokenizer, AceStepAudioTokenizer, AceStepConditionEncoder
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoTokenizer, Qwen3ForCausalLM, Qwen3Model

PIPELINE, TRANSFORMER, TEXT_ENCODER, PLANNER = (
    "model_index.json",
    "acestep-v15-*",
    "Qwen3-Embedding-*",
    "acestep-5Hz-lm-*",
)
WEIGHTS, SILENCE = "model*.safetensors", "silence_latent.pt"  # large models are in several files
# The authors' names of weights and those of diffusers, from its script convert_ace_step_to_diffusers.
PARTS = {
    "decoder.": "transformer",
    "encoder.": "condition_encoder",
    "tokenizer.": "audio_tokenizer",
    "detokenizer.": "audio_token_detokenizer",
}
KINDS = {
    "transformer": AceStepTransformer1DModel,
    "condition_encoder": AceStepConditionEncoder,
    "audio_tokenizer": AceStepAudioTokenizer,
    "audio_token_detokenizer": AceStepAudioTokenDetokenizer,
}
NULL_CONDITION = "null_condition_emb"
RENAMED = {
    "proj_in.1.": "proj_in_conv.",
    "proj_out.1.": "proj_out_conv.",
    ".q_proj.": ".to_q.",
    ".k_proj.": ".to_k.",
    ".v_proj.": ".to_v.",
    ".o_proj.": ".to_out.0.",
    ".q_norm.": ".norm_q.",
    ".k_norm.": ".norm_k.",
}
POOLER_LAYERS = 2
COMMON = ("head_dim", "rope_theta", "attention_bias", "attention_dropout", "rms_norm_eps", "sliding_window")
WIDTHS = ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads")
OWN = {
    "transformer": (
        *("num_hidden_layers", "in_channels", "audio_acoustic_hidden_dim", "patch_size", "layer_types"),
        *("is_turbo", "model_version"),
    ),
    "condition_encoder": (
        *("text_hidden_dim", "timbre_hidden_dim"),
        *("num_lyric_encoder_hidden_layers", "num_timbre_encoder_hidden_layers"),
    ),
    "audio_tokenizer": (
        *("audio_acoustic_hidden_dim", "pool_window_size", "fsq_dim", "fsq_input_levels", "fsq_input_num_quantizers"),
        "num_attention_pooler_hidden_layers",
    ),
    "audio_token_detokenizer": (
        *("audio_acoustic_hidden_dim", "pool_window_size", "num_attention_pooler_hidden_layers"),
    ),
}


def pipeline_of(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401 - diffusers has no types
    """An `AceStepPipeline` on the CPU; its autoencoder in float32, since halves of it are heard as noise.

    Raises ValueError for a folder that lacks parts, and for weights that do not fit.
    """
    if (folder / PIPELINE).is_file():
        pipeline = AceStepPipeline.from_pretrained(
            folder, torch_dtype={"default": dtype, "vae": torch.float32}, local_files_only=True, use_safetensors=True
        )
        if pipeline.audio_tokenizer is None or pipeline.audio_token_detokenizer is None:
            raise ValueError("it was saved without its audio tokenizer, and could not be told what is planned")
    else:
        pipeline = _assembled(folder, dtype)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def planner_of(folder: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """The planner's language model and its tokenizer, on the CPU. Raises ValueError where there is none."""
    place = _only(folder, PLANNER)
    # The authors saved it without its head, which shares the weights of its first layer.
    model: Any = Qwen3ForCausalLM.from_pretrained(place, dtype=dtype, local_files_only=True, use_safetensors=True)
    return model.eval(), AutoTokenizer.from_pretrained(place, local_files_only=True)


def _assembled(folder: Path, dtype: torch.dtype) -> Any:  # noqa: ANN401 - diffusers has no types
    place, text_encoder = _only(folder, TRANSFORMER), _only(folder, TEXT_ENCODER)
    configs = configs_of(json.loads((place / "config.json").read_text(encoding="utf-8")))
    weights = split({name: value for path in sorted(place.glob(WEIGHTS)) for name, value in load_file(path).items()})
    silence = torch.load(place / SILENCE, map_location="cpu", weights_only=True)
    weights["condition_encoder"]["silence_latent"] = silence.transpose(1, 2).contiguous()
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": True}
    reader: Any = Qwen3Model.from_pretrained(text_encoder, dtype=dtype, **options)
    return AceStepPipeline(
        vae=AutoencoderOobleck.from_pretrained(folder / "vae", **options).eval(),
        text_encoder=reader.eval(),
        tokenizer=AutoTokenizer.from_pretrained(text_encoder, local_files_only=True),
        # The pipeline computes its own times from 1 to 0 and hands them over.
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        **{part: _filled(part, configs[part], weights[part], dtype) for part in PARTS.values()},
    )


def configs_of(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each part is made with, from the authors' one configuration. Larger models have narrower encoders."""
    found: dict[str, dict[str, Any]] = {}
    for part, own in OWN.items():
        config = {name: told[name] for name in (*COMMON, *own) if name in told}
        for name in WIDTHS:
            config[name] = told[name] if part == "transformer" else told.get(f"encoder_{name}", told[name])
        if part.startswith("audio"):
            config["layer_types"] = told["layer_types"][: told.get("num_attention_pooler_hidden_layers", POOLER_LAYERS)]
        found[part] = config
    found["transformer"]["encoder_hidden_size"] = found["condition_encoder"]["hidden_size"]
    found["audio_tokenizer"].setdefault("fsq_dim", found["condition_encoder"]["hidden_size"])
    return found


def split(weights: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """The weights of the parts, by their names in diffusers; without those that belong to none."""
    found: dict[str, dict[str, Tensor]] = {part: {} for part in PARTS.values()}
    for name, value in weights.items():
        if name == NULL_CONDITION:
            found["condition_encoder"][name] = value
        elif prefix := next((prefix for prefix in PARTS if name.startswith(prefix)), ""):
            inner = name.removeprefix(prefix)
            for old, new in RENAMED.items():
                inner = inner.replace(old, new)
            found[PARTS[prefix]][inner] = value
    return found


def _filled(part: str, config: dict[str, Any], weights: dict[str, Tensor], dtype: torch.dtype) -> Any:  # noqa: ANN401 - diffusers has no types
    """A part with its weights; nothing is drawn at random that would be overwritten."""
    with init_empty_weights():
        module: Any = KINDS[part](**config)
    try:
        module.load_state_dict({name: value.to(dtype) for name, value in weights.items()}, strict=True, assign=True)
    except RuntimeError as error:
        message = f"its {part} does not fit: {' '.join(str(error).split())[:300]}"
        raise ValueError(message) from error
    return module.eval()


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(path for path in folder.glob(pattern) if (path / "config.json").is_file())
    if len(found) != 1:
        message = f"its folder holds {len(found)} folders named {pattern}, of which one is needed"
        raise ValueError(message)
    return found[0]
