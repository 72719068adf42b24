"""Fourth stage: measures a network on voices it never heard.

The measures before the product's output stage: `eval/lips` repeats them behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import augment, noises
from .corpus import SAMPLE_RATE, Utterance, load_corpus
from .network import APERTURE, ROUNDING, VISEMES, VOICE, WIDTH, SpeechMotionNetwork
from .phones import PhoneTable
from .streams import Backgrounds, Examples, examples, scene

_SILENCE, _BILABIAL, _LABIODENTAL = 0, 1, 2
_OPEN_VISEMES = (10, 11, 13)
_CLOSED_BELOW = 0.15
_LOST_BELOW = 0.2
CONDITIONS = ("clean", "noise", "babble", "music", "room", "line")
"""Conditions of :func:`held_out_sets`; noise (pink), babble and music lie 10 dB below the voice."""
NOISY = ("noise", "babble", "music")
"""The conditions whose mean is quoted as noisy."""


@dataclass
class Heard:
    """What a network says about streams, and what it should have said."""

    output: np.ndarray
    examples: Examples

    @property
    def probability(self) -> np.ndarray:
        """Viseme probabilities, `[n, 15]`."""
        logits = self.output[:, :VISEMES]
        exponent = np.exp(logits - logits.max(1, keepdims=True))
        return exponent / exponent.sum(1, keepdims=True)


def hear(network: SpeechMotionNetwork, streams: Examples) -> Heard:
    """Runs a network over streams, one after the other."""
    rows = []
    with torch.no_grad():
        for start, end in zip(streams.starts, streams.starts[1:]):
            mel = torch.from_numpy(streams.features[2 * start : 2 * end].astype(np.float32).T[None])
            rows.append(network(mel)[0].numpy().T)
    return Heard(np.concatenate(rows), streams)


def gated_aperture(heard: Heard) -> np.ndarray:
    """Aperture that lip contacts and silence close, 0..1: a simple stand-in for the product's output stage."""
    p = heard.probability
    gate = 1 - np.clip(1.6 * p[:, _BILABIAL] + 0.6 * p[:, _LABIODENTAL] + p[:, _SILENCE], 0, 1)
    return np.clip(heard.output[:, APERTURE], 0, 1) * gate


def runs(viseme: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches of one viseme: `(viseme, first frame, frame behind the last)`."""
    edges = np.flatnonzero(np.diff(viseme)) + 1
    bounds = [0, *edges.tolist(), len(viseme)]
    return [(int(viseme[start]), start, end) for start, end in zip(bounds, bounds[1:])]


def measures(heard: Heard) -> dict[str, float]:
    """All measures of one set of streams with speech."""
    viseme, probability = heard.examples.viseme, heard.probability
    chosen = probability.argmax(1)
    speech = viseme != _SILENCE
    aperture = gated_aperture(heard)
    contacts, closed, vowels, lost, bites, bitten = 0, 0, 0, 0, 0, 0
    for kind, start, end in runs(viseme):
        if kind == _BILABIAL and end - start >= 2:
            contacts += 1
            closed += aperture[max(0, start - 1) : end + 1].min() < _CLOSED_BELOW
        elif kind == _LABIODENTAL and end - start >= 2:
            bites += 1
            bitten += probability[max(0, start - 1) : end + 1, _LABIODENTAL].max() > 0.3
        elif kind in _OPEN_VISEMES and end - start >= 3:
            vowels += 1
            lost += aperture[start:end].max() < _LOST_BELOW

    def agreement(output: int, curve: int) -> float:
        truth = heard.examples.curves[:, curve].astype(np.float64)
        return float(np.corrcoef(heard.output[:, output], truth)[0, 1])

    known = heard.examples.voice >= 0
    voiced = heard.output[:, VOICE] > 0
    return {
        "visemeAccuracy": float((chosen == viseme)[speech].mean()),
        "apertureR": agreement(APERTURE, 0),
        "widthR": agreement(WIDTH, 1),
        "roundingR": agreement(ROUNDING, 2),
        "closureRecall": closed / max(1, contacts),
        "vowelsLost": lost / max(1, vowels),
        "labiodentalRecall": bitten / max(1, bites),
        "silenceRecall": float((chosen == viseme)[~speech].mean()) if (~speech).any() else float("nan"),
        "voiceRecall": float(voiced[known & (heard.examples.voice == 1)].mean()),
        "voiceFalse": float(voiced[known & (heard.examples.voice == 0)].mean()) if (heard.examples.voice == 0).any() else 0.0,
        "contacts": contacts,
    }


def confusions(heard: Heard, table: PhoneTable, count: int = 12) -> list[str]:
    """The commonest mistakes in speech: `truth>answer share of all speech frames`."""
    viseme, chosen = heard.examples.viseme, heard.probability.argmax(1)
    wrong = (viseme != chosen) & (viseme != _SILENCE)
    pairs = viseme[wrong].astype(int) * VISEMES + chosen[wrong]
    numbers, counts = np.unique(pairs, return_counts=True)
    order = np.argsort(-counts)[:count]
    speech = (viseme != _SILENCE).sum()
    names = table.visemes
    return [
        f"{names[numbers[i] // VISEMES]}>{names[numbers[i] % VISEMES]} {100 * counts[i] / speech:.1f}%" for i in order
    ]


def held_out_sets(
    folder: Path, table: PhoneTable, music: np.ndarray | None = None, prefix: str = "held-"
) -> dict[str, dict[str, Examples]]:
    """Streams of every held-out voice in every condition: `sets[voice][condition]`. The same every time."""
    sets: dict[str, dict[str, Examples]] = {}
    for path in sorted(folder.glob(f"{prefix}*.npz")):
        utterances = list(load_corpus(path))
        backgrounds = Backgrounds(music, utterances)
        voice = path.stem.removeprefix(prefix)
        sets[voice] = {
            condition: _condition(utterances, condition, backgrounds, table)
            for condition in CONDITIONS
            if condition != "music" or music is not None
        }
    return sets


def _condition(utterances: list[Utterance], condition: str, backgrounds: Backgrounds, table: PhoneTable) -> Examples:
    random = np.random.default_rng(7)
    parts = []
    for index in range(0, len(utterances), 3):
        one = scene(utterances[index : index + 3], random, table)
        count = len(one.sound)
        sound = one.sound + 1e-4 * random.standard_normal(count).astype(np.float32)
        line = None
        behind = None
        if condition == "room":
            sound = augment.room(sound, random)
        elif condition == "noise":
            behind = noises.coloured(random, count, 1)
        elif condition == "babble":
            behind = backgrounds.babble(random, count)
        elif condition == "music":
            behind = backgrounds.music(random, count)
        elif condition == "line":
            line = np.ones(40)
            line[:4] = 1e-3
            line[30:] = 1e-4
        if behind is not None:
            behind = behind / np.sqrt((behind**2).mean()) * 0.08 * 10 ** (-10 / 20)
            sound = sound + behind.astype(np.float32)
        made = examples(np.clip(sound, -1, 1), one.segments, one.name, table, line=line)
        if condition == "babble":
            made.voice[made.voice == 0] = -1
        parts.append(made)
    return Examples.joined(parts)


def false_speech(network: SpeechMotionNetwork, sound: np.ndarray, table: PhoneTable) -> dict[str, float]:
    """Share of frames of sound without a voice in which the network hears one, and in which the mouth would be open."""
    heard = hear(network, examples(sound, np.array([(0, len(sound) / SAMPLE_RATE, 0)]), "music", table))
    voice = heard.output[:, VOICE] > 0
    return {
        "voice": float(voice.mean()),
        "open": float((gated_aperture(heard) > 0.15).mean()),
        "openAndVoice": float(((gated_aperture(heard) > 0.15) & voice).mean()),
    }
