"""A tiny random Stable Audio 3, as diffusers saves the pipeline."""

from pathlib import Path
from typing import Any

import torch

from models.music.ace_step.quiet import quiet
from models.room.manifest import Manifest

WIDTH, LATENTS = 32, 8
BYTES = 256
SPREAD = 0.3
ENCODER: dict[str, Any] = {
    "vocab_size": BYTES + 5,
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "query_pre_attn_scalar": 8,
    "max_position_embeddings": 512,
}


@quiet()
def write(manifest: Manifest, folder: Path) -> None:
    from diffusers import (
        AutoencoderSAME,
        FlowMatchEulerDiscreteScheduler,
        StableAudio3DiTModel,
        StableAudio3Pipeline,
    )
    from diffusers.pipelines.stable_audio_3 import StableAudio3DurationEmbedder
    from transformers import GemmaTokenizer, T5GemmaConfig, T5GemmaEncoderModel, T5GemmaModuleConfig

    special = ("<pad>", "<eos>", "<bos>", "<unk>", "<mask>")
    letters = [*special, *(f"<0x{byte:02X}>" for byte in range(BYTES))]  # bytes alone, which it falls back to
    is_distilled = not manifest.id.endswith("-base")
    module = T5GemmaModuleConfig(**ENCODER)
    config = T5GemmaConfig(encoder=module, decoder=module, is_encoder_decoder=False, vocab_size=len(letters))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        transformer: Any = StableAudio3DiTModel(
            io_channels=LATENTS, embed_dim=WIDTH, depth=1, num_heads=2, cond_token_dim=WIDTH, global_cond_dim=WIDTH,
            local_add_cond_dim=LATENTS + 1, timestep_features_dim=16, ff_mult=2.0, num_memory_tokens=4,
        )  # fmt: skip
        pipeline = StableAudio3Pipeline(
            vae=AutoencoderSAME(
                patch_size=256, encoder_channels=8, encoder_c_mults=[4], encoder_strides=[16],
                encoder_transformer_depths=[1], latent_dim=LATENTS, dim_heads=16, ff_mult=2,
            ),
            text_encoder=T5GemmaEncoderModel(config),
            tokenizer=GemmaTokenizer(vocab={letter: number for number, letter in enumerate(letters)}),
            duration_embedder=StableAudio3DurationEmbedder(output_dim=WIDTH, fourier_dim=16),
            transformer=transformer,
            scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, stochastic_sampling=is_distilled),
        )  # fmt: skip
    generator = torch.Generator().manual_seed(12)
    with torch.no_grad():  # what begins with zeros would let nothing through
        for weights in (*pipeline.vae.parameters(), *transformer.parameters()):
            if not weights.any():
                weights.copy_(SPREAD * torch.randn(weights.shape, generator=generator))
    pipeline.save_pretrained(folder)
