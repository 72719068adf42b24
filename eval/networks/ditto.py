"""The networks of Ditto (Li et al., 2025): 493 million parameters. It draws as LivePortrait does."""

from __future__ import annotations

import torch
from torch import nn

from .graph import Graph
from .hubert import Hubert
from .liveportrait import IMAGE, POINTS, STITCHING, WARPED, Appearance, Motion, Painter, Retargeting, Warping
from .lmdm import CONDITION, FRAMES, NUMBERS, Lmdm

MILLIONS = 493.1


class Stitching(nn.Module):
    """Two sets of points [1,21,3] to the second one as it fits the first."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = Retargeting(*STITCHING)

    def forward(self, source: torch.Tensor, driving: torch.Tensor) -> torch.Tensor:
        answer = self.layers(torch.cat((source.flatten(1), driving.flatten(1)), dim=1))
        shift = nn.functional.pad(answer[:, None, 3 * POINTS :], (0, 1))
        return driving + answer[:, : 3 * POINTS].unflatten(1, (POINTS, 3)) + shift


FILES = {
    "appearance_extractor.onnx": lambda: Graph(Appearance(), IMAGE, ["feature"]),
    "motion_extractor.onnx": lambda: Graph(Motion(), IMAGE, list(Motion.HEADS)),
    "stitch_network.onnx": lambda: Graph(
        Stitching(), {"kp_source": torch.zeros(1, POINTS, 3), "kp_driving": torch.zeros(1, POINTS, 3)}, ["out"]
    ),
    "warp_network_ori.onnx": lambda: Graph(Warping(), WARPED, ["out"]),
    "decoder.onnx": lambda: Graph(Painter(), {"feature": torch.zeros(1, 256, 64, 64)}, ["output"]),
    "hubert.onnx": lambda: Graph(Hubert(), {"input_values": torch.zeros(1, 6480)}, ["encoding_out"]),
    "lmdm_v0.4_hubert.onnx": lambda: Graph(
        Lmdm(),
        {
            "x": torch.zeros(1, FRAMES, NUMBERS),
            "cond_frame": torch.zeros(1, NUMBERS),
            "cond": torch.zeros(1, FRAMES, CONDITION),
            "time_cond": torch.zeros(1, dtype=torch.int64),
        },
        ["pred_noise", "x_start"],
    ),
}
