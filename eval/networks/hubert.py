"""HuBERT "large" (Hsu et al., 2021): 315 million parameters. Written from its published layer sizes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class Filter(nn.Module):
    def __init__(self, channels_in: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels_in, 512, kernel, stride)
        self.norm = nn.LayerNorm(512)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.gelu(self.norm(self.convolution(x).transpose(1, 2)).transpose(1, 2))


class Layer(nn.Module):
    def __init__(self, width: int = 1024, heads: int = 16) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.parts = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.before(x)
        query, key, value = (part(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.parts)
        x = x + self.out(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        return x + self.feed(x)


class Hubert(nn.Module):
    """samples [1,n] at 16 kHz to states [n/320,1024]."""

    def __init__(self) -> None:
        super().__init__()
        shapes = ((1, 10, 5), *[(512, 3, 2)] * 4, *[(512, 2, 2)] * 2)
        self.filters = nn.Sequential(*(Filter(*shape) for shape in shapes))
        self.enter = nn.Sequential(nn.LayerNorm(512), nn.Linear(512, 1024))
        self.places = nn.Conv1d(1024, 1024, 128, padding=64, groups=16)
        self.layers = nn.Sequential(*(Layer() for _ in range(24)))
        self.norm = nn.LayerNorm(1024)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        x = self.enter(self.filters(samples[:, None]).transpose(1, 2))
        # An even kernel gives one place more than it got.
        x = x + F.gelu(self.places(x.transpose(1, 2))[..., :-1]).transpose(1, 2)
        return self.norm(self.layers(x))[0]
