"""The network, as `src/audio/network.ts` runs it: temporal convolutions over log-mel frames, one output row per 20 ms."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .front_end import BANDS
from .settings import Topology

VISEMES = 15
APERTURE, WIDTH, ROUNDING, VOICE = 15, 16, 17, 18
OUTPUTS = 19
"""15 viseme logits, aperture, width, rounding, and the logit of a voice."""

_ENTRY_KERNEL = 5


def rounded(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weights as 8-bit integers (held in floats) and the scale of each output: weight = integer * scale."""
    scale = weight.abs().flatten(1).amax(1).clamp_min(1e-8) / 127
    integers = torch.round(weight / scale.view(-1, 1, 1)).clamp(-127, 127)
    return integers, scale


class Convolution(nn.Conv1d):
    """A convolution that can compute with weights rounded to 8 bits, while its gradient passes to the exact ones."""

    quantised = False

    def forward(self, signal: Tensor) -> Tensor:  # noqa: D102
        weight = self.weight
        if self.quantised:
            integers, scale = rounded(weight)
            weight = weight + (integers * scale.view(-1, 1, 1) - weight).detach()
        return functional.conv1d(signal, weight, self.bias, self.stride, 0, self.dilation)


class Block(nn.Module):
    """x + W relu(conv(x)), padded so that output and input frames coincide."""

    def __init__(self, channels: int, kernel: int, dilation: int, look_ahead: int) -> None:
        super().__init__()
        self.temporal = Convolution(channels, channels, kernel, dilation=dilation)
        self.mix = Convolution(channels, channels, 1)
        self.padding = ((kernel - 1) * dilation - look_ahead, look_ahead)

    def forward(self, signal: Tensor) -> Tensor:  # noqa: D102
        return signal + self.mix(functional.relu(self.temporal(functional.pad(signal, self.padding))))


class SpeechMotionNetwork(nn.Module):
    """`[batch, 40, 2 n]` normalised log-mel frames in, `[batch, 19, n]` out. Before a stream lie zeros."""

    def __init__(self, topology: Topology) -> None:
        super().__init__()
        self.topology = topology
        channels = topology.channels
        self.entry = Convolution(BANDS, channels, _ENTRY_KERNEL, stride=2)
        self.blocks = nn.ModuleList(Block(channels, *block) for block in topology.blocks)
        self.exit = Convolution(channels, OUTPUTS, 1)
        ahead = topology.entry_look_ahead
        self.padding = (_ENTRY_KERNEL - 1 - ahead, ahead)
        for block in self.blocks:
            # Residual branches begin small: the first steps then train what is directly visible.
            nn.init.normal_(block.mix.weight, std=0.3 / channels**0.5)

    def forward(self, mel: Tensor) -> Tensor:  # noqa: D102
        signal = functional.relu(self.entry(functional.pad(mel, self.padding)))
        for block in self.blocks:
            signal = block(signal)
        return self.exit(functional.relu(signal))

    def convolutions(self) -> list[tuple[str, Convolution, int]]:
        """All layers in the order of the weights' file: role, layer, look-ahead."""
        layers: list[tuple[str, Convolution, int]] = [("entry", self.entry, self.topology.entry_look_ahead)]
        for block, (_, _, look_ahead) in zip(self.blocks, self.topology.blocks):
            layers += [("block", block.temporal, look_ahead), ("mix", block.mix, 0)]
        return [*layers, ("exit", self.exit, 0)]

    def quantise(self, on: bool) -> None:
        """Turns rounding of the weights in the forward pass on or off."""
        for _, layer, _ in self.convolutions():
            layer.quantised = on

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def products_per_frame(self) -> int:
        """Multiplications per output row of 20 ms."""
        return sum(layer.weight.numel() for _, layer, _ in self.convolutions())
