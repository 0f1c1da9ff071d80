"""The band-split rotary transformer (Lu et al. 2023), with the parameter names of its public checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from beat_this.model.roformer import RMSNorm, Transformer
from rotary_embedding_torch import RotaryEmbedding
from torch import Tensor, nn

# 62 bands of a 2048-point transform: narrow where voices and basses lie.
BANDS = (*(2,) * 24, *(4,) * 12, *(12,) * 8, *(24,) * 8, *(48,) * 8, 128, 129)
HIDDEN_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network, by the names of the configuration files."""

    dim: int = 384
    depth: int = 6
    num_stems: int = 4
    time_transformer_depth: int = 1
    freq_transformer_depth: int = 1
    freqs_per_bands: tuple[int, ...] = BANDS
    dim_head: int = 64
    heads: int = 8
    mask_estimator_depth: int = 2
    stft_n_fft: int = 2048
    stft_hop_length: int = 441
    stft_win_length: int = 2048
    stft_normalized: bool = False
    stereo: bool = True


class BandSplitRoformer(nn.Module):
    """(batch, 2, frames) → (batch, stems, 2, frames): a complex mask per stem, from attention along time and bands."""

    def __init__(self, shape: Shape) -> None:
        """Raise ValueError when the bands do not cover the transform's bins."""
        super().__init__()
        bins = shape.stft_n_fft // 2 + 1
        if sum(shape.freqs_per_bands) != bins:
            message = f"the bands cover {sum(shape.freqs_per_bands)} of {bins} frequencies"
            raise ValueError(message)
        self.shape = shape
        widths = [4 * count for count in shape.freqs_per_bands]  # two channels, real and imaginary
        time_turns, band_turns = RotaryEmbedding(shape.dim_head), RotaryEmbedding(shape.dim_head)

        def transformer(depth: int, turns: RotaryEmbedding) -> Transformer:
            return Transformer(
                dim=shape.dim,
                depth=depth,
                dim_head=shape.dim_head,
                heads=shape.heads,
                norm_output=False,
                rotary_embed=turns,
            )

        self.layers = nn.ModuleList(
            nn.ModuleList(
                [
                    transformer(shape.time_transformer_depth, time_turns),
                    transformer(shape.freq_transformer_depth, band_turns),
                ]
            )
            for _ in range(shape.depth)
        )
        self.final_norm = RMSNorm(shape.dim)
        self.band_split = _BandSplit(shape.dim, widths)
        self.mask_estimators = nn.ModuleList(
            _MaskEstimator(shape.dim, widths, shape.mask_estimator_depth) for _ in range(shape.num_stems)
        )
        self.register_buffer("_window", torch.hann_window(shape.stft_win_length), persistent=False)

    def forward(self, sound: Tensor) -> Tensor:
        batch, channels, frames = sound.shape
        transform: dict[str, Any] = {
            "n_fft": self.shape.stft_n_fft,
            "hop_length": self.shape.stft_hop_length,
            "win_length": self.shape.stft_win_length,
            "normalized": self.shape.stft_normalized,
            "window": self._window,
        }
        spectra = torch.stft(sound.reshape(-1, frames), return_complex=True, **transform)
        spectra = spectra.reshape(batch, channels, *spectra.shape[1:])  # batch, channel, frequency, time
        # Frequency before channel: the two channels of a bin stand beside each other in its band.
        flat = torch.view_as_real(spectra).permute(0, 3, 2, 1, 4).flatten(2)
        x = self.band_split(flat)  # batch, time, band, feature
        for layer in self.layers:
            along_time, along_bands = layer.children()
            x = _along(along_time, x.transpose(1, 2)).transpose(1, 2)
            x = _along(along_bands, x)
        x = self.final_norm(x)
        masks = torch.stack([estimate(x) for estimate in self.mask_estimators], dim=1)
        masks = masks.reshape(*masks.shape[:3], -1, channels, 2).float()
        complex_masks = torch.view_as_complex(masks.contiguous()).permute(0, 1, 4, 3, 2)
        stems = spectra[:, None] * complex_masks
        shape = stems.shape
        out = torch.istft(stems.reshape(-1, *shape[3:]), length=frames, **transform)
        return out.reshape(*shape[:3], frames)


class _BandSplit(nn.Module):
    def __init__(self, dim: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = list(widths)
        self.to_features = nn.ModuleList(nn.Sequential(RMSNorm(width), nn.Linear(width, dim)) for width in widths)

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.split(x, self.widths, dim=-1)
        return torch.stack([net(part) for net, part in zip(self.to_features, parts, strict=True)], dim=-2)


class _MaskEstimator(nn.Module):
    def __init__(self, dim: int, widths: Sequence[int], depth: int) -> None:
        super().__init__()
        sizes = [dim, *[dim * HIDDEN_FACTOR] * (depth - 1)]
        self.to_freqs = nn.ModuleList(nn.Sequential(_layers([*sizes, 2 * width]), nn.GLU(dim=-1)) for width in widths)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([net(band) for net, band in zip(self.to_freqs, x.unbind(dim=-2), strict=True)], dim=-1)


def _layers(sizes: Sequence[int]) -> nn.Sequential:
    """Linear layers with tanh between them."""
    made: list[nn.Module] = []
    for size, following in pairwise(sizes):
        made += [nn.Linear(size, following), nn.Tanh()]
    return nn.Sequential(*made[:-1])


def _along(transformer: nn.Module, x: Tensor) -> Tensor:
    """Attention along the steps of (batch, rows, steps, features)."""
    batch, rows = x.shape[:2]
    out: Tensor = transformer(x.flatten(0, 1))
    return out.reshape(batch, rows, *out.shape[1:])
