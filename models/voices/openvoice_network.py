"""The tone colour converter of OpenVoice V2 (Qin et al. 2023), with the parameter names of its public checkpoint.

A VITS without text (Kim, Kong and Son 2021): the sound is encoded, a flow takes the colour of one voice out and, run
backwards, puts that of another in.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from models.voices.hifigan import Generator, shape_of

KERNEL = 5
ENCODER_LAYERS, FLOW_LAYERS, FLOWS = 16, 4, 4
FILTERS = (32, 32, 64, 64, 128, 128)
REFERENCE_WIDTH = 128


class Gated(nn.Module):
    """Convolutions whose halves gate each other, told of the voice (van den Oord et al. 2016)."""

    def __init__(self, width: int, layers: int, condition: int) -> None:
        super().__init__()
        self.width = width
        self.cond_layer = nn.Conv1d(condition, 2 * width * layers, 1)
        self.in_layers = nn.ModuleList(nn.Conv1d(width, 2 * width, KERNEL, padding="same") for _ in range(layers))
        outs = [2 * width] * (layers - 1) + [width]  # the last gives nothing on
        self.res_skip_layers = nn.ModuleList(nn.Conv1d(width, out, 1) for out in outs)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        told = self.cond_layer(condition).chunk(len(self.in_layers), dim=1)
        total = torch.zeros_like(x)
        for layer, out, hint in zip(self.in_layers, self.res_skip_layers, told, strict=True):
            value, gate = (layer(x) + hint).chunk(2, dim=1)
            found = out(torch.tanh(value) * torch.sigmoid(gate))
            if found.shape[1] > self.width:
                x = x + found[:, : self.width]
                found = found[:, self.width :]
            total = total + found
        return total


class Encoder(nn.Module):
    """Magnitudes (batch, bins, frames) to the mean and the logarithm of the deviation of what was said."""

    def __init__(self, bins: int, out: int, width: int, condition: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(bins, width, 1)
        self.enc = Gated(width, ENCODER_LAYERS, condition)
        self.proj = nn.Conv1d(width, 2 * out, 1)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_deviation = self.proj(self.enc(self.pre(x), condition)).chunk(2, dim=1)
        return mean, log_deviation


class Coupling(nn.Module):
    """Shifts one half of the channels by what the other half and the voice say."""

    def __init__(self, channels: int, width: int, condition: int) -> None:
        super().__init__()
        self.pre = nn.Conv1d(channels // 2, width, 1)
        self.enc = Gated(width, FLOW_LAYERS, condition)
        self.post = nn.Conv1d(width, channels // 2, 1)

    def forward(self, x: Tensor, condition: Tensor, sign: float) -> Tensor:
        kept, moved = x.chunk(2, dim=1)
        return torch.cat([kept, moved + sign * self.post(self.enc(self.pre(kept), condition))], dim=1)


class Flow(nn.Module):
    """Couplings with the channels turned round after each, which have no parameters but a number."""

    def __init__(self, channels: int, width: int, condition: int) -> None:
        super().__init__()
        couplings = [Coupling(channels, width, condition) for _ in range(FLOWS)]
        self.flows = nn.ModuleList(module for coupling in couplings for module in (coupling, nn.Identity()))

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        for coupling in list(self.flows)[::2]:
            x = coupling(x, condition, 1.0).flip(1)
        return x

    def backwards(self, x: Tensor, condition: Tensor) -> Tensor:
        for coupling in list(self.flows)[::2][::-1]:
            x = coupling(x.flip(1), condition, -1.0)
        return x


class ReferenceEncoder(nn.Module):
    """Magnitudes (batch, bins, frames) to the colour of the voice (batch, condition, 1) (Skerry-Ryan et al. 2018)."""

    def __init__(self, bins: int, condition: int) -> None:
        super().__init__()
        self.layernorm = nn.LayerNorm(bins)
        widths = (1, *FILTERS)
        self.convs = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in zip(widths[:-1], FILTERS, strict=True)
        )
        for _ in FILTERS:
            bins = (bins + 1) // 2
        self.gru = nn.GRU(FILTERS[-1] * bins, REFERENCE_WIDTH, batch_first=True)
        self.proj = nn.Linear(REFERENCE_WIDTH, condition)

    def forward(self, magnitudes: Tensor) -> Tensor:
        x = self.layernorm(magnitudes.transpose(1, 2))[:, None]
        for convolution in self.convs:
            x = torch.relu(convolution(x))
        _all, last = self.gru(x.transpose(1, 2).flatten(2))
        colour: Tensor = self.proj(last[0])
        return colour[..., None]


class Converter(nn.Module):
    """All of it. `config`: the parts `data` and `model` of the configuration file."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Raise ValueError for a configuration of another kind of network."""
        super().__init__()
        data, model = config["data"], config["model"]
        if data.get("n_speakers", 0):
            message = "it is a synthesiser with speakers of its own, not a converter"
            raise ValueError(message)
        bins, channels = data["filter_length"] // 2 + 1, model["inter_channels"]
        width, condition = model["hidden_channels"], model["gin_channels"]
        self.dec = Generator(shape_of(model), channels, conditions=condition, has_bias=False)
        self.enc_q = Encoder(bins, channels, width, condition)
        self.flow = Flow(channels, width, condition)
        self.ref_enc = ReferenceEncoder(bins, condition)
        self._zero = bool(model.get("zero_g", False))

    def forward(self, magnitudes: Tensor, source: Tensor, target: Tensor, noise: Tensor) -> Tensor:
        """Samples (batch, 1, frames · hop). noise: (batch, channels, frames), added to what was said."""
        mean, log_deviation = self.enc_q(magnitudes, torch.zeros_like(source) if self._zero else source)
        neutral = self.flow(mean + noise * torch.exp(log_deviation), source)
        said = self.flow.backwards(neutral, target)
        out: Tensor = self.dec(said, torch.zeros_like(target) if self._zero else target)
        return out
