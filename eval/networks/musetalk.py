"""The networks of MuseTalk 1.5 (Zhang et al., 2025): UNet, autoencoder and the encoder of Whisper "tiny", in half precision."""

from __future__ import annotations

import torch

from .autoencoder import Decoder, Encoder
from .diffusion import UNet
from .graph import Graph
from .whisper import Whisper

MILLIONS = 941.8

DTYPE = torch.float16
FILES = {
    "musetalk_unet.onnx": lambda: Graph(
        UNet(8),
        {
            "latents": torch.zeros(2, 8, 32, 32),
            "timestep": torch.zeros(1, dtype=torch.int64),
            "speech": torch.zeros(2, 50, 384),
        },
        ["painted"],
        batched=True,
    ),
    "musetalk_vae_encoder.onnx": lambda: Graph(
        Encoder(), {"picture": torch.zeros(2, 3, 256, 256)}, ["moments"], batched=True
    ),
    "musetalk_vae_decoder.onnx": lambda: Graph(
        Decoder(), {"latents": torch.zeros(2, 4, 32, 32)}, ["picture"], batched=True
    ),
    "musetalk_whisper_encoder.onnx": lambda: Graph(
        Whisper(final_norm=True), {"mel": torch.zeros(1, 80, 3000)}, ["states"]
    ),
}
