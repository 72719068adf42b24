"""Inception-v3 up to its last pooling, as the FID takes it (Szegedy et al., 2015): 21.8 million parameters. Written from its
published layer sizes, with the poolings of TensorFlow's weights of 2015."""

from __future__ import annotations

import torch
from torch import nn

from .graph import Graph

MILLIONS = 21.8


class Convolution(nn.Sequential):
    def __init__(self, channels_in: int, channels: int, kernel=1, stride: int = 1, padding=0) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(channels, 1e-3),
            nn.ReLU(),
        )


class Branches(nn.ModuleList):
    """What each branch sees, side by side."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([branch(x) for branch in self], dim=1)


def pooled(channels_in: int, channels: int, most: bool = False) -> nn.Sequential:
    pool = nn.MaxPool2d(3, 1, 1) if most else nn.AvgPool2d(3, 1, 1, count_include_pad=False)
    return nn.Sequential(pool, Convolution(channels_in, channels))


def chain(channels_in: int, *layers) -> nn.Sequential:
    """Layers of (channels, kernel, stride, padding), the last two by choice."""
    parts = []
    for channels, *shape in layers:
        parts.append(Convolution(channels_in, channels, *shape))
        channels_in = channels
    return nn.Sequential(*parts)


WIDE, TALL = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))


def small(channels_in: int, pool: int) -> Branches:
    return Branches(
        [
            chain(channels_in, (64,)),
            chain(channels_in, (48,), (64, 5, 1, 2)),
            chain(channels_in, (64,), (96, 3, 1, 1), (96, 3, 1, 1)),
            pooled(channels_in, pool),
        ]
    )


def middle(width: int) -> Branches:
    return Branches(
        [
            chain(768, (192,)),
            chain(768, (width,), (width, *WIDE), (192, *TALL)),
            chain(768, (width,), (width, *TALL), (width, *WIDE), (width, *TALL), (192, *WIDE)),
            pooled(768, 192),
        ]
    )


def forked(channels_in: int) -> Branches:
    return Branches([Convolution(channels_in, 384, (1, 3), 1, (0, 1)), Convolution(channels_in, 384, (3, 1), 1, (1, 0))])


def large(channels_in: int, most: bool) -> Branches:
    return Branches(
        [
            chain(channels_in, (320,)),
            nn.Sequential(chain(channels_in, (384,)), forked(384)),
            nn.Sequential(chain(channels_in, (448,), (384, 3, 1, 1)), forked(384)),
            pooled(channels_in, 192, most),
        ]
    )


class Inception(nn.Sequential):
    """picture [n,3,299,299], -1..1, to features [n,2048]."""

    def __init__(self) -> None:
        super().__init__(
            *chain(3, (32, 3, 2), (32, 3), (64, 3, 1, 1)),
            nn.MaxPool2d(3, 2),
            *chain(64, (80,), (192, 3)),
            nn.MaxPool2d(3, 2),
            *(small(192, 32), small(256, 64), small(288, 64)),
            Branches([chain(288, (384, 3, 2)), chain(288, (64,), (96, 3, 1, 1), (96, 3, 2)), nn.MaxPool2d(3, 2)]),
            *(middle(128), middle(160), middle(160), middle(192)),
            Branches(
                [
                    chain(768, (192,), (320, 3, 2)),
                    chain(768, (192,), (192, *WIDE), (192, *TALL), (192, 3, 2)),
                    nn.MaxPool2d(3, 2),
                ]
            ),
            *(large(1280, most=False), large(2048, most=True)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )


FILES = {
    "fid_inception_v3.onnx": lambda: Graph(
        Inception(), {"picture": torch.zeros(2, 3, 299, 299)}, ["features"], batched=True
    )
}
