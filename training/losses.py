"""What the network is asked for, and what each error costs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .network import APERTURE, VISEMES, VOICE

_BILABIAL, _LABIODENTAL = 1, 2
_OPEN_VISEMES = (10, 11, 13)


@dataclass(frozen=True)
class Targets:
    """Labels of a batch: `viseme` `[batch, n]`, `curves` `[batch, 3, n]`, `voice` `[batch, n]` (-1: unknown), `counts` 0
    where a frame must not count (its past was cut off)."""

    viseme: Tensor
    curves: Tensor
    voice: Tensor
    counts: Tensor


def class_weights(counts: Tensor, rarity: float) -> Tensor:
    """Rare classes weigh more, by frequency to the power of `-rarity`; mean 1 over the frames."""
    frequency = counts / counts.sum()
    weights = frequency.clamp_min(1e-4) ** -rarity
    return weights / (weights * frequency).sum()


def contact_loss(probability: Tensor, viseme: Tensor, counts: Tensor, kind: int) -> Tensor:
    """Asks every stretch of one contact (p b m, or f v) for at least one frame that is sure of it.

    A frame's own error forgives a stretch whose every frame is doubtful; a viewer does not: the lips never met.
    """
    inside = (viseme == kind) & (counts > 0)
    if not inside.any():
        return probability.sum() * 0
    starts = inside & ~functional.pad(inside, (1, 0))[:, :-1]
    stretch = torch.cumsum(starts.flatten().long(), 0) - 1
    flat = inside.flatten()
    best = torch.zeros(int(starts.sum()), dtype=probability.dtype)
    best = best.scatter_reduce(0, stretch[flat], probability.flatten()[flat], "amax", include_self=False)
    return -torch.log(best.clamp_min(1e-4)).mean()


def false_contact_loss(probability: Tensor, viseme: Tensor, counts: Tensor) -> Tensor:
    """Punishes lips that would touch in the middle of an open vowel (neighbours of a contact are let off)."""
    open_ = sum(viseme == kind for kind in _OPEN_VISEMES).bool()
    near = functional.max_pool1d((viseme == _BILABIAL).float()[:, None], 5, 1, 2)[:, 0] > 0
    chosen = open_ & ~near & (counts > 0)
    return (functional.relu(probability - 0.12) * chosen).sum() / chosen.sum().clamp_min(1)


def loss(
    output: Tensor, targets: Targets, weights: Tensor, contact: float, bite: float, teacher: Tensor | None = None
) -> tuple[Tensor, dict[str, float]]:
    """Total error of a batch of outputs `[batch, 19, n]`, and its parts for the log. `contact` and `bite` are what a missed
    contact of the lips (p b m), and of lip and teeth (f v), costs.

    With a teacher (its outputs on the same streams) its probabilities are worth as much as the labels.
    """
    counts = targets.counts
    logits = output[:, :VISEMES]
    frame = functional.cross_entropy(logits, targets.viseme, weight=weights, label_smoothing=0.03, reduction="none")
    viseme = (frame * counts).sum() / counts.sum()
    difference = (output[:, APERTURE:VOICE] - targets.curves).abs()
    curve = (difference.mean(1) * counts).sum() / counts.sum()
    speed = output[:, APERTURE:VOICE, 1:] - output[:, APERTURE:VOICE, :-1]
    wanted = targets.curves[:, :, 1:] - targets.curves[:, :, :-1]
    change = ((speed - wanted).abs().mean(1) * counts[:, 1:]).sum() / counts.sum()
    known = (targets.voice >= 0).float() * counts
    voice = functional.binary_cross_entropy_with_logits(output[:, VOICE], targets.voice.clamp_min(0), reduction="none")
    voice = (voice * known).sum() / known.sum().clamp_min(1)
    probability = torch.softmax(logits, 1)
    lips = contact_loss(probability[:, _BILABIAL], targets.viseme, counts, _BILABIAL)
    teeth = contact_loss(probability[:, _LABIODENTAL], targets.viseme, counts, _LABIODENTAL)
    wrong = false_contact_loss(probability[:, _BILABIAL], targets.viseme, counts)
    total = viseme + 6 * curve + 6 * change + 0.5 * voice + contact * lips + bite * teeth + 2 * wrong
    if teacher is not None:
        log_probability = torch.log_softmax(logits, 1)
        distance = functional.kl_div(log_probability, torch.softmax(teacher[:, :VISEMES], 1), reduction="none").sum(1)
        total = total + (distance * counts).sum() / counts.sum()
        follow = (output[:, APERTURE:VOICE] - teacher[:, APERTURE:VOICE]).abs().mean(1)
        total = total + 3 * (follow * counts).sum() / counts.sum()
    parts = {"viseme": viseme, "curve": curve, "voice": voice, "lips": lips, "teeth": teeth, "wrong": wrong}
    return total, {name: float(part.detach()) for name, part in parts.items()}
