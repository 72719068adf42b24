"""Blocks of Stable Diffusion's networks (Rombach et al., 2022). Written from their published layer sizes."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F


class Resnet(nn.Module):
    """Two convolutions beside a shortcut; `time` numbers about the step of the diffusion are added between them."""

    def __init__(self, channels_in: int, channels: int, time: int | None = None, eps: float = 1e-6) -> None:
        super().__init__()
        self.before = nn.GroupNorm(32, channels_in, eps)
        self.first = nn.Conv2d(channels_in, channels, 3, 1, 1)
        self.time = nn.Linear(time, channels) if time else None
        self.between = nn.GroupNorm(32, channels, eps)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        self.shortcut = nn.Identity() if channels_in == channels else nn.Conv2d(channels_in, channels, 1)

    def forward(self, x: torch.Tensor, time: torch.Tensor | None = None) -> torch.Tensor:
        y = self.first(F.silu(self.before(x)))
        if self.time is not None:
            y = y + self.time(F.silu(time))[:, :, None, None]
        return self.shortcut(x) + self.second(F.silu(self.between(y)))


class Attention(nn.Module):
    """Attention of [n,places,width] to itself or to [n,places,seen]."""

    def __init__(self, width: int, heads: int, seen: int | None = None, bias: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias)
        self.key = nn.Linear(seen or width, width, bias)
        self.value = nn.Linear(seen or width, width, bias)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, seen: torch.Tensor | None = None) -> torch.Tensor:
        seen = x if seen is None else seen
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.query(x), self.key(seen), self.value(seen))
        )
        return self.out(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class GatedFeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.open = nn.Linear(width, 8 * width)
        self.close = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        value, gate = self.open(x).chunk(2, dim=-1)
        return self.close(value * F.gelu(gate))


class Transformer(nn.Module):
    """Lets places of a picture [n,c,h,w] see each other and what is heard [n,places,seen]."""

    def __init__(self, width: int, seen: int, heads: int = 8) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, width, 1e-6)
        self.enter = nn.Conv2d(width, width, 1)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.itself = Attention(width, heads)
        self.heard = Attention(width, heads, seen)
        self.feed = GatedFeedForward(width)
        self.leave = nn.Conv2d(width, width, 1)

    def forward(self, x: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        height, wide = x.shape[2:]
        y = self.enter(self.norm(x)).flatten(2).transpose(1, 2)
        y = y + self.itself(self.norms[0](y))
        y = y + self.heard(self.norms[1](y), heard)
        y = y + self.feed(self.norms[2](y))
        return x + self.leave(y.transpose(1, 2).unflatten(2, (height, wide)))


class TimeAttention(nn.Module):
    """Lets the same place of all frames see each other (the motion module of Guo et al., 2023)."""

    def __init__(self, width: int, frames: int, longest: int = 24, heads: int = 8) -> None:
        super().__init__()
        self.frames = frames
        self.norm = nn.GroupNorm(32, width, 1e-6)
        self.enter = nn.Linear(width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.attentions = nn.ModuleList(Attention(width, heads) for _ in range(2))
        self.feed = GatedFeedForward(width)
        self.leave = nn.Linear(width, width)
        self.register_buffer("places", sinusoids(torch.arange(longest), width).to(torch.get_default_dtype()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, width, height, wide = x.shape
        shape = (count // self.frames, self.frames, width, height * wide)
        y = self.norm(x).reshape(shape).permute(0, 3, 1, 2).flatten(0, 1)
        y = self.enter(y)
        for norm, attention in zip(self.norms, self.attentions):
            y = y + attention(norm(y) + self.places[: self.frames])
        y = self.leave(y + self.feed(self.norms[2](y)))
        y = y.unflatten(0, (shape[0], shape[3])).permute(0, 2, 3, 1)
        return x + y.reshape(count, width, height, wide)


def sinusoids(steps: torch.Tensor, width: int) -> torch.Tensor:
    """Cosines, then sines of steps, in waves of 2 pi to 20000 pi steps."""
    waves = torch.exp(torch.arange(width // 2, dtype=torch.float32) * (-math.log(10_000) / (width // 2)))
    angles = steps.float()[:, None] * waves
    return torch.cat((angles.cos(), angles.sin()), dim=1)


class Stage(nn.Module):
    def __init__(self, channels_in: int, width: int, time: int, seen: int | None, frames: int | None) -> None:
        super().__init__()
        self.resnet = Resnet(channels_in, width, time, 1e-5)
        self.transformer = Transformer(width, seen) if seen else None
        self.motion = TimeAttention(width, frames) if frames else None

    def forward(self, x: torch.Tensor, time: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        x = self.resnet(x, time)
        if self.transformer is not None:
            x = self.transformer(x, heard)
        return x if self.motion is None else self.motion(x)


class Up(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.convolution(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class UNet(nn.Module):
    """The UNet of Stable Diffusion 1, seeing 384 numbers of Whisper: [n,c,h,w], a step, [n,50,384] to [n,4,h,w].

    With `frames`, that many neighbours of n are frames of one film, and see each other.
    """

    def __init__(self, channels_in: int, frames: int | None = None, heard: int = 384) -> None:
        super().__init__()
        widths, time = (320, 640, 1280, 1280), 1280
        self.time = nn.Sequential(nn.Linear(320, time), nn.SiLU(), nn.Linear(time, time))
        self.first = nn.Conv2d(channels_in, 320, 3, 1, 1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        channels, kept = 320, [320]
        for level, width in enumerate(widths):
            for _ in range(2):
                self.down.append(Stage(channels, width, time, heard if level < 3 else None, frames))
                channels = width
                kept.append(width)
            if level < 3:
                self.down.append(nn.Conv2d(width, width, 3, 2, 1))
                kept.append(width)
        self.middle = Stage(channels, channels, time, heard, None)
        self.last = Resnet(channels, channels, time, 1e-5)
        for level in (3, 2, 1, 0):
            for _ in range(3):
                seen = heard if level < 3 else None
                self.up.append(Stage(channels + kept.pop(), widths[level], time, seen, frames))
                channels = widths[level]
            if level > 0:
                self.up.append(Up(channels))
        self.out = nn.Sequential(nn.GroupNorm(32, 320, 1e-5), nn.SiLU(), nn.Conv2d(320, 4, 3, 1, 1))

    def forward(self, x: torch.Tensor, step: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        time = self.time(sinusoids(step, 320).to(x.dtype))
        x = self.first(x)
        kept = [x]
        for part in self.down:
            x = part(x, time, heard) if isinstance(part, Stage) else part(x)
            kept.append(x)
        x = self.last(self.middle(x, time, heard), time)
        for part in self.up:
            x = part(torch.cat((x, kept.pop()), dim=1), time, heard) if isinstance(part, Stage) else part(x)
        return self.out(x)
