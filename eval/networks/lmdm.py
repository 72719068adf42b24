"""Ditto's network of motion, LMDM (Li et al., 2025), after EDGE (Tseng et al., 2023): 47.8 million parameters. Written from their
published layer sizes; the guidance is inside, so that every step computes with what is heard and without."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from .diffusion import sinusoids

NUMBERS, CONDITION, FRAMES, WIDTH, HEADS = 265, 1103, 80, 512, 8
GUIDANCE = 2.0


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        heads = [
            part(x).unflatten(2, (HEADS, -1)).transpose(1, 2) for part, x in zip(self.parts, (query, key, value))
        ]
        return self.out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))


def feed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))


class Hearing(nn.Module):
    """A layer that lets places of what is heard see each other."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.feed = Attention(), feed()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norms[0](x)
        turned = turn(y)
        x = x + self.attention(turned, turned, y)
        return x + self.feed(self.norms[1](x))


class Modulation(nn.Sequential):
    """Gain and offset after the time of the diffusion."""

    def __init__(self) -> None:
        super().__init__(nn.Mish(), nn.Linear(WIDTH, 2 * WIDTH))

    def apply_to(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        gain, offset = self(time)[:, None].chunk(2, dim=-1)
        return (gain + 1) * x + offset


class Moving(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.itself, self.heard, self.feed = Attention(), Attention(), feed()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(3))
        self.films = nn.ModuleList(Modulation() for _ in range(3))

    def forward(self, x: torch.Tensor, heard: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        y = self.norms[0](x)
        turned = turn(y)
        x = x + self.films[0].apply_to(self.itself(turned, turned, y), time)
        x = x + self.films[1].apply_to(self.heard(turn(self.norms[1](x)), turn(heard), heard), time)
        return x + self.films[2].apply_to(self.feed(self.norms[2](x)), time)


def turn(x: torch.Tensor) -> torch.Tensor:
    """Rotary positions (Su et al., 2021): neighbours are turned by angles that grow with the place."""
    waves = torch.exp(torch.arange(WIDTH // 2) * (-math.log(10_000) / (WIDTH // 2)))
    angles = (torch.arange(x.shape[1])[:, None] * waves).repeat_interleave(2, dim=1)
    one, other = x.unflatten(2, (-1, 2)).unbind(-1)
    return x * angles.cos() + torch.stack((-other, one), dim=-1).flatten(2) * angles.sin()


def kept_shares() -> torch.Tensor:
    """How much of the motion is left at each of 1000 steps: squared cosines, no step losing more than 99.9 %."""
    angles = (torch.arange(1001) / 1000 + 8e-3) / (1 + 8e-3) * (math.pi / 2)
    squares = angles.double().cos().square()
    return torch.cumprod(1 - (1 - squares[1:] / squares[:-1]).clamp(0, 0.999), dim=0).float()


class Lmdm(nn.Module):
    """noisy motion [1,80,265], its start [1,265], what is heard [1,80,1103] and a step to the noise and the motion [1,80,265]."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(2 * NUMBERS, WIDTH)
        self.time = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.Mish())
        self.to_time = nn.Linear(4 * WIDTH, WIDTH)
        self.to_tokens = nn.Linear(4 * WIDTH, 2 * WIDTH)
        self.hear = nn.Linear(CONDITION, WIDTH)
        self.hearing = nn.Sequential(Hearing(), Hearing())
        self.sum_up = nn.Sequential(
            nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH)
        )
        self.nothing = nn.Parameter(torch.randn(1, FRAMES, WIDTH))
        self.nothing_summed = nn.Parameter(torch.randn(1, WIDTH))
        self.norm = nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Moving() for _ in range(8))
        self.leave = nn.Linear(WIDTH, NUMBERS)
        self.register_buffer("kept", kept_shares())

    def forward(
        self, x: torch.Tensor, cond_frame: torch.Tensor, cond: torch.Tensor, time_cond: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        entered = self.enter(torch.cat((x, cond_frame[:, None].expand(-1, FRAMES, -1)), dim=-1))
        heard = self.hearing(self.hear(cond))
        heard = torch.cat((self.nothing, heard))
        summed = torch.cat((self.nothing_summed, self.sum_up(heard[1:].mean(dim=1))))
        hidden = self.time(sinusoids(time_cond, WIDTH))
        time = self.to_time(hidden) + summed
        tokens = self.to_tokens(hidden).unflatten(1, (2, WIDTH)).expand(2, -1, -1)
        memory = self.norm(torch.cat((heard, tokens), dim=1))
        y = entered.expand(2, -1, -1)
        for layer in self.layers:
            y = layer(y, memory, time)
        without, with_it = self.leave(y).chunk(2)
        motion = without + GUIDANCE * (with_it - without)
        kept = self.kept[time_cond][:, None, None]
        return (x - kept.sqrt() * motion) / (1 - kept).sqrt(), motion
