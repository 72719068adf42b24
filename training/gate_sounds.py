"""Sounds with and without a voice, for fitting the product's voice judge (`scripts/fit-voice-judge.ts`).

    python -m training.gate_sounds --work <folder of a run> --out <folder>

Writes 16 kHz WAV files and `labels.json`: per file one number for every 20 ms, 1 where a voice speaks or sings, 2 where
something else sounds, 0 where nothing is to be learnt (pauses). Speech comes from the corpora of the run, so from the
trained voices alone; music and noises are made anew with other seeds.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from . import music, noises
from .corpus import SAMPLE_RATE, Utterance, load_corpus
from .phones import LABEL_RATE, PhoneTable
from .revoice import Character, random_character, revoice, sing

IGNORED, VOICE, OTHER = 0, 1, 2
_SPEECH_RMS = 0.08
_MUSIC_SEED = 95_000
_FRAME = SAMPLE_RATE // LABEL_RATE


@dataclass
class Scene:
    """A sound that is put together piece by piece, with a label for every sample."""

    parts: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)

    def add(self, samples: np.ndarray, label: int | np.ndarray) -> None:
        self.parts.append(np.asarray(samples, np.float64))
        self.labels.append(np.broadcast_to(np.asarray(label, np.int8), len(samples)))

    def silence(self, seconds: float) -> None:
        self.add(np.zeros(int(seconds * SAMPLE_RATE)), IGNORED)

    def speech(self, utterance: Utterance, gain: float = 1.0) -> None:
        utterance = utterance.levelled(_SPEECH_RMS)
        labels = np.zeros(len(utterance.samples), np.int8)
        for start, end, phone in utterance.segments:
            if phone != 0:
                labels[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)] = VOICE
        self.add(utterance.samples * gain, labels)

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate(self.parts)

    def behind(self, background: np.ndarray, decibels: float) -> None:
        """Lays a background of root mean square 0.1 under the speech, `decibels` below it."""
        count = sum(len(part) for part in self.parts)
        level = _SPEECH_RMS / 0.1 * 10 ** (-decibels / 20)
        mixed = self.samples + np.resize(background, count) * level
        self.parts = [mixed]


class _Folder:
    """Where the scenes go."""

    def __init__(self, path: Path, random: np.random.Generator) -> None:
        self.path, self.random = path, random
        self.labels: dict[str, list[int]] = {}
        path.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, scene: Scene) -> None:
        """At a random level, as microphones have it."""
        samples = scene.samples * 10 ** self.random.uniform(-1, 0.2)
        samples = samples / max(1.0, np.abs(samples).max() / 0.99)
        soundfile.write(self.path / f"{name}.wav", samples, SAMPLE_RATE, subtype="PCM_16")
        self.labels[f"{name}.wav"] = np.concatenate(scene.labels)[::_FRAME].tolist()

    def finish(self) -> None:
        (self.path / "labels.json").write_text(json.dumps(self.labels))


def _alone(sound: np.ndarray) -> Scene:
    scene = Scene()
    scene.add(sound, OTHER)
    return scene


def _talk(utterances: list[Utterance], random: np.random.Generator, seconds: float = 14) -> Scene:
    scene = Scene()
    for utterance in utterances:
        scene.silence(random.uniform(0.1, 1.2))
        scene.speech(utterance)
        if sum(len(part) for part in scene.parts) > seconds * SAMPLE_RATE:
            break
    return scene


def make_sounds(work: Path, out: Path, seed: int = 77) -> None:
    """Writes everything; about half an hour of sound."""
    random, table = np.random.default_rng(seed), PhoneTable()
    folder = _Folder(out, random)
    pieces = [music.piece(Random(_MUSIC_SEED + index), 20) for index in range(90)]
    for index, piece in enumerate(pieces[:70]):
        folder.write(f"music-{index}", _alone(piece[: 15 * SAMPLE_RATE]))
    for kind in noises.KINDS:
        for index in range(4):
            folder.write(f"noise-{kind}-{index}", _alone(noises.noise(random, 10 * SAMPLE_RATE, kind)))

    mixed: list[Utterance] = []
    for path in [*sorted(work.glob("train-human-*.npz")), work / "train-espeak.npz"]:
        name, speech = path.stem.removeprefix("train-"), list(load_corpus(path))
        Random(seed).shuffle(speech)
        mixed += speech[300:306]
        for index in range(6):
            scene = _talk(speech[6 * index : 6 * index + 6], random)
            if index == 1:
                scene.behind(noises.noise(random, 20 * SAMPLE_RATE, "coloured"), 10)
            elif index in (2, 3):
                scene.behind(pieces[70 + random.integers(20)], 10 if index == 2 else 4)
            elif index == 4:
                scene.behind(noises.noise(random, 20 * SAMPLE_RATE, "keyboard"), 10)
            folder.write(f"speech-{name}-{index}", scene)
        if "espeak" in name:
            continue
        whispers = [revoice(utterance, [Character(whisper=True)])[0] for utterance in speech[200:204]]
        folder.write(f"whisper-{name}", _talk(whispers, random))
        for index in range(4):
            scene = Scene()
            for utterance in speech[100 + 3 * index : 103 + 3 * index]:
                scene.speech(sing(utterance, table, random_character(Random(index), True), Random(index)))
            if index % 2:
                scene.behind(pieces[70 + random.integers(20)], 8)
            folder.write(f"singing-{name}-{index}", scene)

    Random(seed).shuffle(mixed)
    for index in range(16):
        scene, turn = Scene(), index % 2
        for half in range(2):
            for speaks in (turn == half, turn != half):
                if speaks:
                    scene.speech(mixed[(2 * index + half) % len(mixed)], 10 ** random.uniform(-0.3, 0.2))
                else:
                    piece = pieces[70 + random.integers(20)]
                    scene.add(piece[: int(random.uniform(2, 5) * SAMPLE_RATE)] * 10 ** random.uniform(-0.6, 0.2), OTHER)
                scene.silence(random.uniform(0.1, 0.6))
        scene.behind(noises.noise(random, 20 * SAMPLE_RATE, "coloured"), 45)
        folder.write(f"switch-{index}", scene)
    folder.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    make_sounds(arguments.work, arguments.out)
