"""The generator of Wav2Lip (Prajwal et al., 2020): 36.3 million parameters. Written from its published layer sizes."""

from __future__ import annotations

import torch
from torch import nn

from .graph import Graph

MILLIONS = 36.3


class Convolution(nn.Module):
    """Convolution, normalisation, rectifier; with `residual` its input is added before the last one."""

    def __init__(self, inner: nn.Module, channels: int, residual: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(inner, nn.BatchNorm2d(channels))
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.layers(x)
        return torch.relu(y + x if self.residual else y)


def down(channels_in: int, channels: int, kernel: int = 3, stride=1, padding: int = 1) -> Convolution:
    return Convolution(nn.Conv2d(channels_in, channels, kernel, stride, padding), channels)


def up(channels_in: int, channels: int) -> Convolution:
    return Convolution(nn.ConvTranspose2d(channels_in, channels, 3, 2, 1, output_padding=1), channels)


def same(channels: int, count: int) -> list[Convolution]:
    return [Convolution(nn.Conv2d(channels, channels, 3, 1, 1), channels, residual=True) for _ in range(count)]


class Wav2Lip(nn.Module):
    """mel [n,1,80,16] and faces [n,6,96,96] to mouths [n,3,96,96], 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.face = nn.ModuleList(
            [
                nn.Sequential(down(6, 16, 7, 1, 3)),
                nn.Sequential(down(16, 32, stride=2), *same(32, 2)),
                nn.Sequential(down(32, 64, stride=2), *same(64, 3)),
                nn.Sequential(down(64, 128, stride=2), *same(128, 2)),
                nn.Sequential(down(128, 256, stride=2), *same(256, 2)),
                nn.Sequential(down(256, 512, stride=2), *same(512, 1)),
                nn.Sequential(down(512, 512, padding=0), down(512, 512, 1, padding=0)),
            ]
        )
        self.sound = nn.Sequential(
            *(down(1, 32), *same(32, 2)),
            *(down(32, 64, stride=(3, 1)), *same(64, 2)),
            *(down(64, 128, stride=3), *same(128, 2)),
            *(down(128, 256, stride=(3, 2)), *same(256, 1)),
            *(down(256, 512, padding=0), down(512, 512, 1, padding=0)),
        )
        first = Convolution(nn.ConvTranspose2d(1024, 512, 3, 1, 0), 512)
        self.decoder = nn.ModuleList(
            [
                nn.Sequential(down(512, 512, 1, padding=0)),
                nn.Sequential(first, *same(512, 1)),
                nn.Sequential(up(1024, 512), *same(512, 2)),
                nn.Sequential(up(768, 384), *same(384, 2)),
                nn.Sequential(up(512, 256), *same(256, 2)),
                nn.Sequential(up(320, 128), *same(128, 2)),
                nn.Sequential(up(160, 64), *same(64, 2)),
            ]
        )
        self.picture = nn.Sequential(down(80, 32), nn.Conv2d(32, 3, 1), nn.Sigmoid())

    def forward(self, mel: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
        seen = []
        x = faces
        for block in self.face:
            x = block(x)
            seen.append(x)
        x = self.sound(mel)
        for block in self.decoder:
            x = torch.cat((block(x), seen.pop()), dim=1)
        return self.picture(x)


FILES = {
    "wav2lip_96.onnx": lambda: Graph(
        Wav2Lip(), {"mel": torch.zeros(2, 1, 80, 16), "faces": torch.zeros(2, 6, 96, 96)}, ["mouths"], batched=True
    )
}
