"""Third stage: fits a network to streams."""

from __future__ import annotations

import time
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from .losses import Targets, class_weights, loss
from .network import VISEMES, SpeechMotionNetwork
from .phones import LABEL_RATE
from .settings import TrainSettings
from .streams import Examples

_UNSEEN_PAST = 30
"""Frames at the start of a crop that do not count when the stream began before it."""


class Crops:
    """Random pieces of streams, all of one length; sets of streams are drawn from in a fixed ratio."""

    def __init__(self, sets: list[Examples], shares: list[float], seconds: float, seed: int) -> None:
        self._sets = sets
        self._shares = shares
        self.frames = int(seconds * LABEL_RATE)
        self._random = np.random.default_rng(seed)

    def batch(self, size: int) -> tuple[Tensor, Targets]:
        """The next `size` crops: inputs `[size, 40, 2 n]` and their labels."""
        random, frames = self._random, self.frames
        features, viseme, curves, voice, counts = [], [], [], [], []
        for chosen in random.choice(len(self._sets), size, p=self._shares):
            examples = self._sets[chosen]
            start = int(random.integers(0, len(examples.viseme) - frames))
            stream = int(np.searchsorted(examples.starts, start, "right")) - 1
            begin, end = examples.starts[stream], examples.starts[stream + 1]
            # One crop in eight begins where its stream does: nothing was heard before.
            if random.random() < 0.125 or start - begin < 8:
                start = int(begin)
            count = np.ones(frames, np.float32)
            if start > begin:
                count[:_UNSEEN_PAST] = 0
            here = slice(start, min(start + frames, end))
            length = here.stop - here.start
            count[length:] = 0
            pad = frames - length

            def cut(values: np.ndarray, factor: int = 1) -> np.ndarray:
                piece = values[here.start * factor : here.stop * factor]
                return np.pad(piece, [(0, pad * factor)] + [(0, 0)] * (values.ndim - 1))

            features.append(cut(examples.features, 2))
            viseme.append(cut(examples.viseme))
            curves.append(cut(examples.curves))
            voice.append(cut(examples.voice))
            counts.append(count)

        def tensor(rows: list[np.ndarray], kind: type) -> Tensor:
            return torch.from_numpy(np.stack(rows).astype(kind))

        return tensor(features, np.float32).transpose(1, 2), Targets(
            viseme=tensor(viseme, np.int64),
            curves=tensor(curves, np.float32).transpose(1, 2),
            voice=tensor(voice, np.float32),
            counts=tensor(counts, np.float32),
        )


def train(
    network: SpeechMotionNetwork,
    crops: Crops,
    viseme_counts: np.ndarray,
    settings: TrainSettings,
    teacher: SpeechMotionNetwork | None = None,
    log=print,
    every: int = 200,
    checkpoint=None,
) -> SpeechMotionNetwork:
    """Fits `network` and returns the running mean of its weights, fit to be rounded to 8 bits.

    `checkpoint(step, network)` is called with the mean of the weights at each log line once there is one.
    """
    weights = class_weights(torch.from_numpy(viseme_counts.astype(np.float32)), settings.rarity)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=2e-3)
    mean = None
    recent: list[dict[str, float]] = []
    began = time.monotonic()
    network.train()
    for step in range(settings.steps):
        progress = step / settings.steps
        rate = settings.learning_rate * min(1, (step + 1) / settings.warm_up)
        for group in optimiser.param_groups:
            group["lr"] = rate * (0.5 * (1 + np.cos(np.pi * progress)) + 0.02)
        network.quantise(step >= settings.steps - settings.quantised_steps)
        features, targets = crops.batch(settings.batch)
        guide = None
        if teacher is not None:
            with torch.no_grad():
                guide = teacher(features)
        error, parts = loss(network(features), targets, weights, settings.contact, settings.bite, guide)
        optimiser.zero_grad(set_to_none=True)
        error.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        recent = [*recent[-199:], parts]
        if progress >= settings.average_from:
            if mean is None:
                mean = deepcopy(network)
            with torch.no_grad():
                for average, current in zip(mean.parameters(), network.parameters()):
                    average.lerp_(current, 0.01)
        if (step + 1) % every == 0 or step + 1 == settings.steps:
            means = {name: round(float(np.mean([r[name] for r in recent])), 4) for name in parts}
            log(f"step {step + 1}: {means}, {time.monotonic() - began:.0f} s")
            if checkpoint is not None:
                checkpoint(step + 1, mean or network)
    result = mean or network
    result.quantise(True)
    result.eval()
    return result


def viseme_counts(sets: list[Examples]) -> np.ndarray:
    """How many frames each viseme has."""
    return sum(np.bincount(examples.viseme, minlength=VISEMES) for examples in sets)
