"""The HiFi-GAN generator (Kong, Kim and Bae 2020), with the parameter names of its public checkpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

SLOPE = 0.1
RESBLOCK = "1"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network, by the names of the configuration files."""

    upsample_rates: Sequence[int] = (10, 8, 2, 2)
    upsample_kernel_sizes: Sequence[int] = (20, 16, 4, 4)
    upsample_initial_channel: int = 512
    resblock_kernel_sizes: Sequence[int] = (3, 7, 11)
    resblock_dilation_sizes: Sequence[Sequence[int]] = ((1, 3, 5),) * 3


def shape_of(config: Mapping[str, Any]) -> Shape:
    """Raise ValueError for a generator of another kind."""
    if str(config.get("resblock", RESBLOCK)) != RESBLOCK:
        message = f"its generator has blocks of kind {config['resblock']}, not {RESBLOCK}"
        raise ValueError(message)
    known = {field.name for field in fields(Shape)}
    return Shape(**{name: value for name, value in config.items() if name in known})


class Residual(nn.Module):
    """Dilated convolutions, each added to what it got."""

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()

        def convolutions(steps: Sequence[int]) -> nn.ModuleList:
            return nn.ModuleList(nn.Conv1d(channels, channels, kernel, dilation=n, padding="same") for n in steps)

        self.convs1 = convolutions(dilations)
        self.convs2 = convolutions([1] * len(dilations))

    def forward(self, x: Tensor) -> Tensor:
        for first, second in zip(self.convs1, self.convs2, strict=True):
            x = x + second(leaky_relu(first(leaky_relu(x, SLOPE)), SLOPE))
        return x


class Generator(nn.Module):
    """(batch, channels, frames) → (batch, 1, samples).

    features: width of an input that a linear layer brings to `channels`, 0 for none. conditions: width of what tells
    the voice, 0 for none.
    """

    def __init__(
        self, shape: Shape, channels: int, *, features: int = 0, conditions: int = 0, has_bias: bool = True
    ) -> None:
        super().__init__()
        width = shape.upsample_initial_channel
        self.lin_pre = nn.Linear(features, channels) if features else None
        self.conv_pre = nn.Conv1d(channels, width, 7, padding=3)
        self.cond = nn.Conv1d(conditions, width, 1) if conditions else None
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        for rate, kernel in zip(shape.upsample_rates, shape.upsample_kernel_sizes, strict=True):
            self.ups.append(nn.ConvTranspose1d(width, width // 2, kernel, rate, padding=(kernel - rate) // 2))
            width //= 2
            for size, dilations in zip(shape.resblock_kernel_sizes, shape.resblock_dilation_sizes, strict=True):
                self.resblocks.append(Residual(width, size, dilations))
        self.conv_post = nn.Conv1d(width, 1, 7, padding=3, bias=has_bias)
        self._kernels = len(shape.resblock_kernel_sizes)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.lin_pre is not None:
            x = self.lin_pre(x.transpose(1, 2)).transpose(1, 2)
        x = self.conv_pre(x)
        if self.cond is not None and condition is not None:
            x = x + self.cond(condition)
        for number, up in enumerate(self.ups):
            x = up(leaky_relu(x, SLOPE))
            blocks = self.resblocks[number * self._kernels : (number + 1) * self._kernels]
            x = torch.stack([block(x) for block in blocks]).mean(dim=0)
        return torch.tanh(self.conv_post(leaky_relu(x)))


def fused(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights kept as direction and length (Salimans and Kingma 2016) made into plain ones."""
    plain = {}
    for name, value in weights.items():
        stem, _, kind = name.rpartition(".")
        if kind == "weight_v":
            length = value.float().flatten(1).norm(dim=1).reshape(-1, *(1,) * (value.dim() - 1))
            plain[f"{stem}.weight"] = value.float() * weights[f"{stem}.weight_g"].float() / length.clamp_min(1e-12)
        elif kind != "weight_g":
            plain[name] = value.float() if value.is_floating_point() else value
    return plain


def loaded(network: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    """The network with these weights, of which there may be more. Raises ValueError where they do not fit."""
    own = network.state_dict()
    plain = fused(weights)
    wrong = [name for name, value in own.items() if name not in plain or plain[name].shape != value.shape]
    if wrong:
        message = f"its checkpoint has no {wrong[0]} of the right size"
        raise ValueError(message)
    network.load_state_dict({name: plain[name] for name in own})
    return network.eval()
