"""The two towers of SyncNet (Chung & Zisserman, 2016): 13.6 million parameters. Written from their published layer sizes."""

from __future__ import annotations

import torch
from torch import nn

from .graph import Graph

MILLIONS = 13.6


def head() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024))


def flat(channels_in: int, channels: int, kernel=3, padding=1) -> list[nn.Module]:
    return [nn.Conv2d(channels_in, channels, kernel, 1, padding), nn.BatchNorm2d(channels), nn.ReLU()]


def deep(channels_in: int, channels: int, kernel, stride=1, padding=0) -> list[nn.Module]:
    return [nn.Conv3d(channels_in, channels, kernel, stride, padding), nn.BatchNorm3d(channels), nn.ReLU()]


class Sound(nn.Sequential):
    """mfcc [n,1,13,20] to embedding [n,1024]."""

    def __init__(self) -> None:
        super().__init__(
            *flat(1, 64),
            nn.MaxPool2d(1, 1),
            *flat(64, 192),
            nn.MaxPool2d(3, (1, 2)),
            *flat(192, 384),
            *flat(384, 256),
            *flat(256, 256),
            nn.MaxPool2d(3, 2),
            *flat(256, 512, (5, 4), 0),
            head(),
        )


class Lips(nn.Sequential):
    """frames [n,3,5,224,224] to embedding [n,1024]."""

    def __init__(self) -> None:
        super().__init__(
            *deep(3, 96, (5, 7, 7), (1, 2, 2)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *deep(96, 256, (1, 5, 5), (1, 2, 2), (0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *deep(256, 256, (1, 3, 3), padding=(0, 1, 1)),
            *deep(256, 256, (1, 3, 3), padding=(0, 1, 1)),
            *deep(256, 256, (1, 3, 3), padding=(0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *deep(256, 512, (1, 6, 6)),
            head(),
        )


FILES = {
    "syncnet_v2_lips.onnx": lambda: Graph(
        Lips(), {"frames": torch.zeros(2, 3, 5, 224, 224)}, ["embedding"], batched=True
    ),
    "syncnet_v2_audio.onnx": lambda: Graph(Sound(), {"mfcc": torch.zeros(2, 1, 13, 20)}, ["embedding"], batched=True),
}
