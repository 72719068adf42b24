"""Full-size networks with random weights, for measuring without anybody's weights; what they paint is noise.

    pip install torch onnx onnxscript
    python3 -m eval.networks.export musetalk <folder>

Writes ONNX files under the names that `loquent models import musetalk <folder> --accept` looks for.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

import onnx
import torch

from .graph import Graph

MODELS = ("ditto", "inception", "latentsync", "liveportrait", "musetalk", "syncnet", "wav2lip")
#: The first in which `GridSample` takes volumes.
OPSET = 20


def write(graph: Graph, path: Path, beside: bool) -> None:
    free = {0: torch.export.Dim("batch")}
    torch.onnx.export(
        graph.network.eval(),
        tuple(graph.inputs.values()),
        str(path),
        opset_version=OPSET,
        external_data=beside,
        verbose=False,
        input_names=list(graph.inputs),
        output_names=list(graph.outputs),
        dynamic_shapes=tuple(free if tensor.dim() > 1 else None for tensor in graph.inputs.values())
        if graph.batched
        else None,
    )
    weights = path.with_name(f"{path.name}.data")
    if weights.exists() and not beside:
        # PyTorch lays weights beside the graph from 1.5 GB on; one file holds 2.
        onnx.save(onnx.load(path), path)
        weights.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    model = import_module(f".{arguments.model}", __package__)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    torch.set_default_dtype(getattr(model, "DTYPE", torch.float32))
    parameters = 0
    for name, make in model.FILES.items():
        graph = make()
        parameters += sum(weights.numel() for weights in graph.network.parameters())
        path = arguments.folder / name
        write(graph, path, beside=name in getattr(model, "BESIDE", ()))
        print(f"{path}  {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
    print(f"{parameters} parameters", file=sys.stderr)
    if round(parameters / 1e6, 1) != model.MILLIONS:
        raise SystemExit(f"The published networks have {model.MILLIONS} million parameters: the layers here differ.")


if __name__ == "__main__":
    main()
