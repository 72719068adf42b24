"""The autoencoder of Stable Diffusion (`sd-vae-ft-mse`): 83.7 million parameters. Written from its published layer sizes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .diffusion import Attention, Resnet, Up

WIDTHS = (128, 256, 512, 512)
SCALE = 0.18215


class PictureAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, width, 1e-6)
        self.attention = Attention(width, 1, bias=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.attention(self.norm(x).flatten(2).transpose(1, 2))
        return x + y.transpose(1, 2).unflatten(2, tuple(x.shape[2:]))


class Down(nn.Conv2d):
    """Half the side; the padding is on the right and below."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, 3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(F.pad(x, (0, 1, 0, 1)))


def middle(width: int) -> list[nn.Module]:
    return [Resnet(width, width), PictureAttention(width), Resnet(width, width)]


def ending(width: int, channels: int) -> list[nn.Module]:
    return [nn.GroupNorm(32, width, 1e-6), nn.SiLU(), nn.Conv2d(width, channels, 3, 1, 1)]


class Encoder(nn.Sequential):
    """picture [n,3,s,s], -1..1, to moments [n,8,s/8,s/8]: means, then variances."""

    def __init__(self) -> None:
        parts: list[nn.Module] = [nn.Conv2d(3, 128, 3, 1, 1)]
        channels = 128
        for level, width in enumerate(WIDTHS):
            parts += [Resnet(channels, width), Resnet(width, width)]
            if level < 3:
                parts.append(Down(width))
            channels = width
        super().__init__(*parts, *middle(512), *ending(512, 8), nn.Conv2d(8, 8, 1))


class Decoder(nn.Sequential):
    """scaled latents [n,4,s/8,s/8] to picture [n,3,s,s], -1..1."""

    def __init__(self) -> None:
        parts: list[nn.Module] = [nn.Conv2d(4, 4, 1), nn.Conv2d(4, 512, 3, 1, 1), *middle(512)]
        channels = 512
        for level in (3, 2, 1, 0):
            width = WIDTHS[level]
            parts += [Resnet(channels, width), Resnet(width, width), Resnet(width, width)]
            if level > 0:
                parts.append(Up(width))
            channels = width
        super().__init__(*parts, *ending(128, 3))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return super().forward(latents / SCALE)
