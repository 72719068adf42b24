"""The networks of LatentSync 1.5 (Li et al., 2025): UNet over 16 frames, autoencoder and the encoder of Whisper "tiny", in half precision.

Those of 1.6 have the same weights' sizes and work on pictures of 512 pixels.
"""

from __future__ import annotations

import torch

from .autoencoder import Decoder, Encoder
from .diffusion import UNet
from .graph import Graph
from .whisper import Whisper

MILLIONS = 1359.0
FRAMES = 16


class FilmUNet(UNet):
    """latents [2,13,16,h,h], a step and speech [32,50,384] to noise [2,4,16,h,h]."""

    def __init__(self) -> None:
        super().__init__(13, FRAMES)

    def forward(self, latents: torch.Tensor, step: torch.Tensor, speech: torch.Tensor) -> torch.Tensor:
        noise = super().forward(latents.transpose(1, 2).flatten(0, 1), step, speech)
        return noise.unflatten(0, (-1, FRAMES)).transpose(1, 2)


DTYPE = torch.float16
#: The UNet is larger than the 2 GB that one ONNX file can hold: its weights lie beside it.
BESIDE = ("latentsync_15_unet.onnx",)
FILES = {
    "latentsync_15_unet.onnx": lambda: Graph(
        FilmUNet(),
        {
            "latents": torch.zeros(2, 13, FRAMES, 32, 32),
            "timestep": torch.zeros(1, dtype=torch.int64),
            "speech": torch.zeros(2 * FRAMES, 50, 384),
        },
        ["noise"],
    ),
    "latentsync_15_vae_encoder.onnx": lambda: Graph(
        Encoder(), {"picture": torch.zeros(2, 3, 256, 256)}, ["moments"], batched=True
    ),
    "latentsync_15_vae_decoder.onnx": lambda: Graph(
        Decoder(), {"latents": torch.zeros(2, 4, 32, 32)}, ["picture"], batched=True
    ),
    "latentsync_15_whisper_encoder.onnx": lambda: Graph(
        Whisper(final_norm=False), {"mel": torch.zeros(1, 80, 3000)}, ["states"]
    ),
}
