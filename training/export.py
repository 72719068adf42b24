"""Last stage: writes a network as the product reads it, with its checksum and the numbers that the product must repeat.

The file: `LQSM`, the length of the header, the header (JSON), then for each layer the scales and biases of its outputs
(float32) and its weights as 8-bit integers `[output][input][tap]`, padded to a multiple of four bytes. Little endian.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch

from .corpus import SAMPLE_RATE
from .front_end import BANDS, mel_powers, normalise
from .network import SpeechMotionNetwork, rounded

MAGIC = b"LQSM"
FORMAT = 1
VERSION = "1.0.0"
_OUTPUTS = ["visemes", "aperture", "width", "rounding", "voice"]


def header(network: SpeechMotionNetwork) -> dict:
    """What a reader must know before the numbers."""
    layers = [
        {
            "role": role,
            "inputs": layer.in_channels,
            "outputs": layer.out_channels,
            "kernel": layer.kernel_size[0],
            "stride": layer.stride[0],
            "dilation": layer.dilation[0],
            "lookAhead": look_ahead,
        }
        for role, layer, look_ahead in network.convolutions()
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": network.topology.name,
        "bands": BANDS,
        "outputs": _OUTPUTS,
        "layers": layers,
    }


def encode(network: SpeechMotionNetwork) -> bytes:
    """The weights' file."""
    text = json.dumps(header(network), separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % 4)
    body = b""
    for _, layer, _ in network.convolutions():
        integers, scale = rounded(layer.weight.detach())
        body += scale.numpy().astype("<f4").tobytes()
        body += layer.bias.detach().numpy().astype("<f4").tobytes()
        weights = integers.numpy().astype(np.int8).tobytes()
        body += weights + b"\0" * (-len(weights) % 4)
    return MAGIC + struct.pack("<I", len(text)) + text + body


def dequantised(network: SpeechMotionNetwork) -> SpeechMotionNetwork:
    """Brings the weights to the values that the file holds, in place."""
    with torch.no_grad():
        for _, layer, _ in network.convolutions():
            integers, scale = rounded(layer.weight)
            layer.weight.copy_(integers * scale.view(-1, 1, 1))
    network.quantise(False)
    network.eval()
    return network


def babble(length: int, seed: int = 3) -> np.ndarray:
    """The test signal of `tests/audio/signals.ts`, sample by sample, so that both sides measure the same sound."""
    state = seed % 2_147_483_647
    poles = [0.0, 0.0, 0.0, 0.0]
    phase = 0.0
    signal = np.zeros(length, np.float32)
    for index in range(length):
        t = index / SAMPLE_RATE
        syllable = max(0.0, math.sin(2 * math.pi * 3.7 * t)) ** 0.5
        phase += (120 + 25 * math.sin(2 * math.pi * 0.6 * t)) / SAMPLE_RATE
        out = syllable if phase >= 1 else 0.0
        phase %= 1
        if syllable == 0:
            state = state * 48_271 % 2_147_483_647
            out += 0.03 * (state / 2_147_483_647 - 0.5)
        resonances = (450 + 250 * math.sin(2 * math.pi * 1.9 * t), 1500 + 600 * math.sin(2 * math.pi * 1.3 * t))
        for pole, hertz in enumerate(resonances):
            out += (
                2 * 0.97 * math.cos(2 * math.pi * hertz / SAMPLE_RATE) * poles[2 * pole]
                - 0.97 * 0.97 * poles[2 * pole + 1]
            )
            poles[2 * pole + 1], poles[2 * pole] = poles[2 * pole], out
        signal[index] = 0.02 * out
    return signal


def parity(network: SpeechMotionNetwork, signal: np.ndarray, every: int = 6) -> dict:
    """Outputs for a signal (conditioned by nothing, at gain 1) as the product's test compares them."""
    powers = mel_powers(signal, precise=True)
    inputs = normalise(powers.power, np.ones(len(powers.power)))
    with torch.no_grad():
        rows = network(torch.from_numpy(inputs.T[None].copy()))[0].numpy().T
    # Rows whose future lies behind the end of the signal are not compared.
    frames = 1 + (len(inputs) - 1 - network.topology.look_ahead_ms // 10) // 2
    return {
        "about": f"Outputs of the original (PyTorch, 8-bit weights) for babble({len(signal)}): "
        "[frame, 15 logits, aperture, width, rounding, voice]",
        "frames": frames,
        "rows": [[frame, [round(float(value), 5) for value in rows[frame]]] for frame in range(0, frames, every)],
    }


def write(network: SpeechMotionNetwork, folder: Path, fixtures: Path | None, signal: np.ndarray | None) -> Path:
    """Writes `<name>.bin`, `<name>.sha256` and the parity vectors. Returns the weights' file."""
    dequantised(network)
    name = network.topology.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.bin"
    path.write_bytes(encode(network))
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / f"{name}.sha256").write_text(f"{checksum}  {path.name}\n", "utf-8")
    if fixtures is not None and signal is not None:
        fixtures.mkdir(parents=True, exist_ok=True)
        (fixtures / f"parity-{name}.json").write_text(_json(parity(network, signal)), "utf-8")
    return path


def _json(document: dict) -> str:
    rows = ",\n    ".join(json.dumps(row) for row in document["rows"])
    return (
        f'{{\n  "about": {json.dumps(document["about"])},\n  "frames": {document["frames"]},\n  "rows": [\n    {rows}\n  ]\n}}\n'
    )
