"""A tiny random band-split RoFormer: the configuration file of its training program, and a checkpoint."""

from pathlib import Path

import torch

from models.room.manifest import Manifest
from models.separation.roformer_network import BandSplitRoformer, Shape

BANDS = (8,) * 15 + (9,)
SHAPE = Shape(
    dim=16,
    depth=1,
    num_stems=4,
    freqs_per_bands=BANDS,
    dim_head=8,
    heads=2,
    stft_n_fft=256,
    stft_win_length=256,
    stft_hop_length=64,
)
CONFIG = """
audio: {chunk_size: 22050, num_channels: 2}
model:
  dim: 16
  depth: 1
  stereo: true
  num_stems: 4
  dim_head: 8
  heads: 2
  stft_n_fft: 256
  stft_win_length: 256
  stft_hop_length: 64
  linear_transformer_depth: 0
  flash_attn: true
  freqs_per_bands: !!python/tuple [8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 9]
training: {instruments: [vocals, bass, drums, other]}
inference: {num_overlap: 2}
"""


def network(seed: int = 4) -> BandSplitRoformer:
    torch.manual_seed(seed)
    return BandSplitRoformer(SHAPE)


def write(manifest: Manifest, folder: Path) -> None:
    """`config.yaml` and one `.ckpt`."""
    for file in manifest.files:
        if file.is_pickle:
            torch.save(network().state_dict(), folder / file.path)
        else:
            (folder / file.path).write_text(CONFIG, encoding="utf-8")
