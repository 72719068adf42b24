"""The encoder of Whisper "tiny" (Radford et al., 2022): 8.2 million parameters. Written from its published layer sizes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.before(x)
        query, key, value = (
            part(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        x = x + self.out(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))
        return x + self.feed(x)


class Whisper(nn.Module):
    """mel [1,80,3000] to the states before, between and behind the blocks [1,1500,5,384].

    The last ones are normalised as Hugging Face does it (`final_norm`), or not, as OpenAI's own code.
    """

    def __init__(self, final_norm: bool, width: int = 384) -> None:
        super().__init__()
        self.first = nn.Conv1d(80, width, 3, 1, 1)
        self.second = nn.Conv1d(width, width, 3, 2, 1)
        self.places = nn.Parameter(torch.randn(1500, width) / 10)
        self.blocks = nn.ModuleList(Block(width, 6) for _ in range(4))
        self.norm = nn.LayerNorm(width)
        self.final_norm = final_norm

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = F.gelu(self.second(F.gelu(self.first(mel)))).transpose(1, 2) + self.places
        states = [x]
        for block in self.blocks:
            x = block(x)
            states.append(x)
        if self.final_norm:
            states[-1] = self.norm(x)
        return torch.stack(states, dim=2)
