"""The networks of LivePortrait (Guo et al., 2024): 130.1 million parameters. Written from their published layer sizes."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

from .graph import Graph

MILLIONS = 130.1
POINTS = 21


def flat(channels_in: int, channels: int, kernel: int = 3) -> list[nn.Module]:
    return [nn.Conv2d(channels_in, channels, kernel, 1, kernel // 2), nn.BatchNorm2d(channels)]


def deep(channels_in: int, channels: int) -> list[nn.Module]:
    return [nn.Conv3d(channels_in, channels, 3, 1, 1), nn.BatchNorm3d(channels), nn.ReLU()]


class DeepResidual(nn.Sequential):
    def __init__(self, channels: int) -> None:
        def half() -> list[nn.Module]:
            return [nn.BatchNorm3d(channels), nn.ReLU(), nn.Conv3d(channels, channels, 3, 1, 1)]

        super().__init__(*half(), *half())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


class Appearance(nn.Module):
    """image [1,3,256,256] to feature [1,32,16,64,64]."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = nn.Sequential(
            *(*flat(3, 64), nn.ReLU()),
            *(*flat(64, 128), nn.ReLU(), nn.AvgPool2d(2)),
            *(*flat(128, 256), nn.ReLU(), nn.AvgPool2d(2)),
            nn.Conv2d(256, 512, 1),
        )
        self.volume = nn.Sequential(*(DeepResidual(32) for _ in range(6)))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.volume(self.picture(image).unflatten(1, (32, 16)))


class LastNorm(nn.LayerNorm):
    """Layer norm over the channels of [n,c,h,w]."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class NeXtBlock(nn.Module):
    """A block of ConvNeXt V2 (Woo et al., 2023)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 7, 1, 3, groups=width)
        self.norm = nn.LayerNorm(width, 1e-6)
        self.open = nn.Linear(width, 4 * width)
        self.gain = nn.Parameter(torch.zeros(4 * width))
        self.offset = nn.Parameter(torch.zeros(4 * width))
        self.close = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.gelu(self.open(self.norm(self.around(x).permute(0, 2, 3, 1))))
        strength = torch.sqrt((y * y).sum(dim=(1, 2), keepdim=True))
        y = y + self.gain * (y * strength / (strength.mean(dim=-1, keepdim=True) + 1e-6)) + self.offset
        return x + self.close(y).permute(0, 3, 1, 2)


class Motion(nn.Module):
    """image [1,3,256,256] to angles in 66 bins each, shift, expression, size and points: ConvNeXt V2 "tiny" with seven heads."""

    HEADS = {"pitch": 66, "yaw": 66, "roll": 66, "t": 3, "exp": 3 * POINTS, "scale": 1, "kp": 3 * POINTS}

    def __init__(self) -> None:
        super().__init__()
        widths = (96, 192, 384, 768)
        parts: list[nn.Module] = [nn.Conv2d(3, 96, 4, 4), LastNorm(96, 1e-6)]
        for level, (width, count) in enumerate(zip(widths, (3, 3, 9, 3))):
            if level > 0:
                parts += [LastNorm(widths[level - 1], 1e-6), nn.Conv2d(widths[level - 1], width, 2, 2)]
            parts += [NeXtBlock(width) for _ in range(count)]
        self.body = nn.Sequential(*parts)
        self.norm = nn.LayerNorm(768, 1e-6)
        self.heads = nn.ModuleDict({f"to_{name}": nn.Linear(768, size) for name, size in self.HEADS.items()})

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = self.norm(self.body(image).mean(dim=(2, 3)))
        return tuple(head(x) for head in self.heads.values())


def grid_of(like: torch.Tensor) -> torch.Tensor:
    """Places of a volume [.., d, h, w], -1..1: x, y and z of each."""
    z, y, x = (torch.linspace(-1, 1, int(size)) for size in like.shape[-3:])
    return torch.stack(torch.meshgrid(z, y, x, indexing="ij")[::-1], dim=-1)


class DenseMotion(nn.Module):
    """From where every place of a volume comes when points move: an hourglass over the volume as each point would move it."""

    def __init__(self) -> None:
        super().__init__()
        self.compress = nn.Sequential(nn.Conv3d(32, 4, 1), nn.BatchNorm3d(4), nn.ReLU())
        entering = (POINTS + 1) * 5
        widths = [entering, *(min(1024, 32 * 2**level) for level in range(1, 6))]
        self.down = nn.ModuleList(
            nn.Sequential(*deep(one, other), nn.AvgPool3d((1, 2, 2))) for one, other in zip(widths, widths[1:])
        )
        self.up = nn.ModuleList()
        for level in range(5, 0, -1):
            both = widths[level] * (1 if level == 5 else 2)
            grow = nn.Upsample(scale_factor=(1.0, 2.0, 2.0), mode="nearest")
            self.up.append(nn.Sequential(grow, *deep(both, 32 * 2 ** (level - 1))))
        leaving = 32 + entering
        self.end = nn.Sequential(*deep(leaving, leaving))
        self.mask = nn.Conv3d(leaving, POINTS + 1, 7, 1, 3)
        self.hidden = nn.Conv2d(16 * leaving, 1, 7, 1, 3)

    def forward(
        self, feature: torch.Tensor, driving: torch.Tensor, source: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        small = self.compress(feature)
        grid = grid_of(feature)
        moved = grid + (source - driving).reshape(POINTS, 1, 1, 1, 3)
        flows = torch.cat((grid[None], moved))
        warped = F.grid_sample(small.expand(POINTS + 1, -1, -1, -1, -1), flows, align_corners=False)
        near, was = (
            torch.exp(-50 * (grid - points.reshape(POINTS, 1, 1, 1, 3)).square().sum(-1))
            for points in (driving, source)
        )
        heat = torch.cat((torch.zeros_like(near[:1]), near - was))
        x = torch.cat((heat[:, None], warped), dim=1).flatten(0, 1)[None]
        seen = [x]
        for part in self.down:
            x = part(x)
            seen.append(x)
        x = seen.pop()
        for part in self.up:
            x = torch.cat((part(x), seen.pop()), dim=1)
        x = self.end(x)
        shares = self.mask(x).softmax(dim=1)
        flow = (flows * shares[0, :, ..., None]).sum(dim=0, keepdim=True)
        return flow, torch.sigmoid(self.hidden(x.flatten(1, 2)))


class Warping(nn.Module):
    """feature [1,32,16,64,64] and points before and after [1,21,3] to what is painted [1,256,64,64]."""

    def __init__(self) -> None:
        super().__init__()
        self.motion = DenseMotion()
        self.third = nn.Sequential(*flat(512, 256), nn.LeakyReLU(0.01))
        self.fourth = nn.Conv2d(256, 256, 1)

    def forward(self, feature: torch.Tensor, driving: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        flow, seen = self.motion(feature, driving, source)
        warped = F.grid_sample(feature, flow, align_corners=False)
        return self.fourth(self.third(warped.flatten(1, 2))) * seen


class Spade(nn.Module):
    """A norm whose gain and offset are painted after `feature`, which is smaller by `growth` (Park et al., 2019)."""

    def __init__(self, channels: int, growth: int) -> None:
        super().__init__()
        self.growth = growth
        self.norm = nn.InstanceNorm2d(channels)
        self.shared = nn.Sequential(nn.Conv2d(256, 128, 3, 1, 1), nn.ReLU())
        self.gain = nn.Conv2d(128, channels, 3, 1, 1)
        self.offset = nn.Conv2d(128, channels, 3, 1, 1)

    def forward(self, x: torch.Tensor, feature: torch.Tensor) -> torch.Tensor:
        if self.growth > 1:
            feature = F.interpolate(feature, scale_factor=float(self.growth), mode="nearest")
        shared = self.shared(feature)
        return self.norm(x) * (1 + self.gain(shared)) + self.offset(shared)


class SpadeBlock(nn.Module):
    def __init__(self, channels_in: int, channels: int, growth: int = 1) -> None:
        super().__init__()
        least = min(channels_in, channels)
        self.norms = nn.ModuleList((Spade(channels_in, growth), Spade(least, growth)))
        self.first = nn.Conv2d(channels_in, least, 3, 1, 1)
        self.second = nn.Conv2d(least, channels, 3, 1, 1)
        changes = channels_in != channels
        self.norm = Spade(channels_in, growth) if changes else None
        self.shortcut = nn.Conv2d(channels_in, channels, 1, bias=False) if changes else None

    def forward(self, x: torch.Tensor, feature: torch.Tensor) -> torch.Tensor:
        y = self.first(F.leaky_relu(self.norms[0](x, feature), 0.2))
        y = self.second(F.leaky_relu(self.norms[1](y, feature), 0.2))
        return y + (x if self.shortcut is None else self.shortcut(self.norm(x, feature)))


class Painter(nn.Module):
    """feature [1,256,64,64] to picture [1,3,512,512], 0..1."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(256, 512, 3, 1, 1)
        self.blocks = nn.ModuleList(SpadeBlock(512, 512) for _ in range(6))
        self.grown = nn.ModuleList((SpadeBlock(512, 256, 2), SpadeBlock(256, 64, 4)))
        self.picture = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(64, 12, 3, 1, 1), nn.PixelShuffle(2), nn.Sigmoid())

    def forward(self, feature: torch.Tensor) -> torch.Tensor:
        x = self.first(feature)
        for block in self.blocks:
            x = block(x, feature)
        for block in self.grown:
            x = block(F.interpolate(x, scale_factor=2.0, mode="nearest"), feature)
        return self.picture(x)


class WarpingPainter(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.warping, self.painter = Warping(), Painter()

    def forward(self, feature: torch.Tensor, driving: torch.Tensor, source: torch.Tensor) -> torch.Tensor:
        return self.painter(self.warping(feature, driving, source))


class Retargeting(nn.Sequential):
    """Linear layers with rectifiers between them."""

    def __init__(self, *widths: int) -> None:
        layers: list[nn.Module] = []
        for one, other in zip(widths, widths[1:]):
            layers += [nn.Linear(one, other), nn.ReLU()]
        super().__init__(*layers[:-1])


IMAGE = {"image": torch.zeros(1, 3, 256, 256)}
WARPED = {
    "feature_3d": torch.zeros(1, 32, 16, 64, 64),
    "kp_driving": torch.zeros(1, POINTS, 3),
    "kp_source": torch.zeros(1, POINTS, 3),
}
STITCHING = (126, 128, 128, 64, 65)


def retargeting(*widths: int):
    return lambda: Graph(Retargeting(*widths), {"input": torch.zeros(1, widths[0])}, ["delta"])


FILES = {
    "appearance_feature_extractor.onnx": lambda: Graph(Appearance(), IMAGE, ["feature"]),
    "motion_extractor.onnx": lambda: Graph(Motion(), IMAGE, list(Motion.HEADS)),
    "warping_spade.onnx": lambda: Graph(WarpingPainter(), WARPED, ["picture"]),
    "stitching.onnx": retargeting(*STITCHING),
    "stitching_eye.onnx": retargeting(66, 256, 256, 128, 128, 64, 63),
    "stitching_lip.onnx": retargeting(65, 128, 128, 64, 63),
}
