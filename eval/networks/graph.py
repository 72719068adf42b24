"""A network with random weights, and what its ONNX file is to take and to give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Graph:
    network: nn.Module
    #: By name, in the order of `forward`.
    inputs: dict[str, torch.Tensor]
    outputs: Sequence[str]
    #: Takes any number of samples at once; inputs of one axis are the same for all of them.
    batched: bool = False
