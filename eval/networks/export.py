"""Full-size networks with random weights, for measuring speed without anybody's weights. Needs PyTorch.

    python3 -m eval.networks.export wav2lip <folder>

Writes ONNX files under the names that `loquent models import wav2lip <folder> --accept` looks for. What they paint is noise.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from . import syncnet, wav2lip

OPSET = 13
MODELS = {"wav2lip": wav2lip, "syncnet": syncnet}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=sorted(MODELS))
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    model = MODELS[arguments.model]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    parameters = 0
    for name, make in model.FILES.items():
        network, inputs, output = make()
        parameters += sum(weights.numel() for weights in network.parameters())
        path = arguments.folder / name
        torch.onnx.export(
            network.eval(),
            tuple(inputs.values()),
            str(path),
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={tensor: {0: "batch"} for tensor in (*inputs, output)},
        )
        print(f"{path}  {path.stat().st_size / 1e6:.0f} MB", file=sys.stderr)
    print(f"{parameters} parameters", file=sys.stderr)
    if round(parameters / 1e6, 1) != model.MILLIONS:
        raise SystemExit(f"The published network has {model.MILLIONS} million parameters: the layers here differ.")


if __name__ == "__main__":
    main()
