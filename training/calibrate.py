"""What the product adds to a network's viseme logits (`VISEME_SHIFTS` in `src/audio/viseme-probabilities.ts`).

    python -m training.calibrate --work <folder of a run> [--seed 1]

Training lets rare classes and contacts weigh more, so a network expects them too often, and silence too seldom. One number
per class puts that right: its logit is shifted until, over the speech of the training, clean, changed and of other speakers,
the class is expected as often as it occurs. Prints the numbers of every network, in the order of the visemes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from .evaluate import hear
from .network import VISEMES
from .run import load_network, network_path
from .settings import LOW_LATENCY, STANDARD
from .streams import Examples

_SPOKEN = ("clean", "changed", "revoiced")
_STREAMS = 200
"""Streams of each set."""
_ROUNDS = 60
_PACE = 0.5


def sample(streams: Examples, count: int, seed: int) -> Examples:
    """`count` streams drawn from a set, or all of them."""
    chosen = np.random.default_rng(seed).permutation(len(streams.names))[:count]
    parts = []
    for index in chosen:
        start, end = streams.starts[index], streams.starts[index + 1]
        here = slice(start, end)
        parts.append(
            Examples(
                features=streams.features[2 * start : 2 * end],
                viseme=streams.viseme[here],
                curves=streams.curves[here],
                voice=streams.voice[here],
                starts=np.array([0, end - start]),
                names=streams.names[index : index + 1],
            )
        )
    return Examples.joined(parts)


def class_shifts(logits: np.ndarray, viseme: np.ndarray) -> np.ndarray:
    """What to add to the logits `[n, 15]` so that the mean probability of every class is its share among the labels.

    The shift of silence, class 0, is 0. A class without labels keeps its logits.
    """
    shares = np.bincount(viseme, minlength=VISEMES) / len(viseme)
    known = shares > 0
    shifts = np.zeros(VISEMES)
    for _ in range(_ROUNDS):
        odds = np.exp(logits + shifts - (logits + shifts).max(1, keepdims=True))
        expected = (odds / odds.sum(1, keepdims=True)).mean(0)
        shifts[known] += _PACE * np.log(shares[known] / expected[known])
    return shifts - shifts[0]


def main(arguments: list[str]) -> int:
    """Prints the shifts of every network that is there."""
    parser = argparse.ArgumentParser(prog="training.calibrate", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of a run of training.run")
    parser.add_argument("--seed", type=int, default=1, help="seed of the networks")
    options = parser.parse_args(arguments)
    parts = [sample(Examples.load(options.work / f"streams-{name}.npz"), _STREAMS, options.seed) for name in _SPOKEN]
    spoken = Examples.joined(parts)
    for topology in (STANDARD, LOW_LATENCY):
        network = load_network(network_path(options.work, topology.name, options.seed), topology)
        shifts = class_shifts(hear(network, spoken).output[:, :VISEMES], spoken.viseme.astype(int))
        print(f"{topology.name}: {', '.join(f'{shift:.2f}' for shift in shifts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
