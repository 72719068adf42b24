"""Second stage: utterances become streams as a microphone delivers them, and these become what the network sees and what
it should say.

A stream is one voice (at times two) with pauses, in one place, with one background. Its features come out of the causal
front end from its very beginning, so the network meets every state that gain and normalisation can be in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import augment, noises
from .corpus import SAMPLE_RATE, Utterance, load_corpus
from .front_end import condition, mel_powers, normalise, power_gain
from .phones import LABEL_RATE, PhoneTable

Generator = np.random.Generator

UNKNOWN_VOICE = -1
"""Where nobody can say whether a voice speaks: no error is counted there."""


@dataclass
class Examples:
    """Streams one behind the other.

    `features` `[2 n, 40]` float16, `viseme` `[n]`, `curves` `[n, 3]` float16, `voice` `[n]` (1, 0 or
    :data:`UNKNOWN_VOICE`); `starts` are the frames at which streams begin, and `n` at the end; `names` one per stream.
    """

    features: np.ndarray
    viseme: np.ndarray
    curves: np.ndarray
    voice: np.ndarray
    starts: np.ndarray
    names: np.ndarray

    def save(self, path: Path) -> None:
        np.savez(path, **self.__dict__)

    @staticmethod
    def load(path: Path) -> Examples:
        with np.load(path) as file:
            return Examples(**{key: file[key] for key in file.files})

    @staticmethod
    def joined(parts: list[Examples]) -> Examples:
        """All streams of several sets, in order."""
        ends = np.cumsum([0] + [part.starts[-1] for part in parts])
        starts = [part.starts[:-1] + end for part, end in zip(parts, ends)] + [ends[-1:]]
        together = {
            key: np.concatenate([getattr(part, key) for part in parts])
            for key in ("features", "viseme", "curves", "voice", "names")
        }
        return Examples(starts=np.concatenate(starts), **together)


@dataclass
class Scene:
    """Sound of voices alone, and when which phone is spoken."""

    sound: np.ndarray
    segments: np.ndarray
    name: str


def scene(utterances: list[Utterance], random: Generator, table: PhoneTable) -> Scene:
    """Utterances one after the other, with pauses and small or large changes of level between them."""
    sound: list[np.ndarray] = []
    silence = table.number["sil"]
    segments: list[tuple[float, float, float]] = []
    count = 0

    def pause(seconds: float) -> None:
        nonlocal count
        samples = int(seconds * SAMPLE_RATE)
        if samples:
            segments.append((count / SAMPLE_RATE, (count + samples) / SAMPLE_RATE, silence))
            sound.append(np.zeros(samples, np.float32))
            count += samples

    pause(random.choice([0, random.uniform(0, 0.3), random.uniform(0, 1.5)]))
    drop = 10 ** (random.choice([-14, -8, 8, 12]) / 20) if random.random() < 0.12 else 1.0
    for index, utterance in enumerate(utterances):
        level = 0.08 * 10 ** (random.normal(0, 2) / 20) * (drop if index >= len(utterances) / 2 else 1)
        levelled = utterance.levelled(level)
        shifted = levelled.segments.copy()
        shifted[:, :2] += count / SAMPLE_RATE
        segments += [tuple(row) for row in shifted]
        sound.append(levelled.samples)
        count += len(levelled.samples)
        pause(random.choice([0, random.exponential(0.3), random.exponential(0.8)]))
    return Scene(np.concatenate(sound), np.array(segments), utterances[0].voice)


def voice_labels(segments: np.ndarray, frames: int, table: PhoneTable) -> np.ndarray:
    """1 where somebody speaks, short breaks within speech included, else 0."""
    spoken = (table.classes(segments, frames) != table.number["sil"]).astype(np.int8)
    breaks = int(0.24 * LABEL_RATE)
    at = np.flatnonzero(spoken)
    for before, after in zip(at, at[1:]):
        if 1 < after - before <= breaks:
            spoken[before:after] = 1
    return spoken


def examples(
    sound: np.ndarray,
    segments: np.ndarray,
    name: str,
    table: PhoneTable,
    bank: np.ndarray | None = None,
    line: np.ndarray | None = None,
    gain_delay: int = 0,
) -> Examples:
    """One stream as the network gets it. `bank` and `line` change the vocal tract and the microphone."""
    powers = mel_powers(condition(sound)) if bank is None else mel_powers(condition(sound), bank)
    gain = power_gain(powers.mean_square)
    if gain_delay:
        gain = np.concatenate([gain[gain_delay:], np.full(gain_delay, gain[-1])])
    power = powers.power if line is None else powers.power * line
    inputs = normalise(power, gain).astype(np.float16)
    frames = len(inputs) // 2
    return Examples(
        features=inputs[: 2 * frames],
        viseme=table.viseme[table.classes(segments, frames)].astype(np.int8),
        curves=table.curves(segments, frames).astype(np.float16),
        voice=voice_labels(segments, frames, table),
        starts=np.array([0, frames]),
        names=np.array([name]),
    )


class Backgrounds:
    """Everything that can sound behind or instead of a voice; pieces come at a root mean square of 0.1."""

    def __init__(self, music: np.ndarray | None, speech: list[Utterance]) -> None:
        self._music = music
        self._speech = speech

    def music(self, random: Generator, count: int) -> np.ndarray | None:
        if self._music is None or len(self._music) < SAMPLE_RATE:
            return None
        start = int(random.integers(0, max(1, len(self._music) - count)))
        sound = self._music[start : start + count].astype(np.float32) / 32_767
        return np.resize(sound, count)

    def babble(self, random: Generator, count: int) -> np.ndarray:
        total = np.zeros(count, np.float32)
        for _ in range(random.integers(3, 9)):
            voice = np.concatenate(
                [self._speech[i].levelled().samples for i in random.integers(0, len(self._speech), 4)]
            )
            total += np.resize(np.roll(voice, random.integers(len(voice))), count)
        return total / (np.sqrt((total**2).mean()) + 1e-6) * np.float32(0.1)


def changed(scene_: Scene, backgrounds: Backgrounds, random: Generator, table: PhoneTable) -> Examples:
    """A scene as real microphones deliver it."""
    sound = scene_.sound
    count = len(sound)
    sung = scene_.name.endswith("sings")
    babble_is_near = False
    if random.random() < 0.35:
        sound = augment.room(sound, random)
    chance = random.random()
    if chance < 0.72:
        if chance < (0.5 if sung else 0.2):
            behind = backgrounds.music(random, count)
            loudness = random.uniform(-18, 4)
        elif chance < 0.5:
            behind = noises.noise(random, count)
            loudness = random.choice([random.uniform(-16, -2), random.uniform(-35, -10)])
        else:
            behind = backgrounds.babble(random, count)
            loudness = random.uniform(-28, -6)
            babble_is_near = loudness > -16
        if behind is not None:
            if random.random() < 0.3:
                behind = behind * augment.coming_and_going(count, random)
            sound = sound + (behind * 10 ** (loudness / 20)).astype(np.float32)
    sound = sound + (10 ** random.uniform(-5, -2.8) * random.standard_normal(count)).astype(np.float32)
    if random.random() < 0.1:
        sound = augment.mu_law(sound)
    if random.random() < 0.04:
        sound = np.clip(sound, -0.2, 0.2)
    sound = np.clip(sound * np.float32(10 ** (random.uniform(-28, 10) / 20)), -1, 1)
    bank = augment.random_bank(random) if random.random() < 0.5 else None
    delay = int(random.integers(1, 21)) if random.random() < 0.3 else 0
    made = examples(sound, scene_.segments, scene_.name, table, bank, augment.line(random), delay)
    if babble_is_near:
        made.voice[made.voice == 0] = UNKNOWN_VOICE
    return made


def clean(scene_: Scene, random: Generator, table: PhoneTable) -> Examples:
    """A scene in a quiet room."""
    sound = scene_.sound * np.float32(10 ** (random.uniform(-10, 6) / 20))
    sound = sound + (10 ** random.uniform(-5, -3.4) * random.standard_normal(len(sound))).astype(np.float32)
    delay = int(random.integers(1, 21)) if random.random() < 0.3 else 0
    return examples(np.clip(sound, -1, 1), scene_.segments, scene_.name, table, gain_delay=delay)


def voiceless(backgrounds: Backgrounds, random: Generator, table: PhoneTable) -> Examples:
    """A stream in which nobody speaks: music, noise, or first one and then the other."""
    parts = []
    name = "music"
    for _ in range(random.integers(1, 3)):
        count = int(random.uniform(4, 12) * SAMPLE_RATE)
        part = backgrounds.music(random, count) if random.random() < 0.65 else None
        if part is None:
            name = "noise"
            part = noises.noise(random, count)
        parts.append(part * np.float32(10 ** (random.uniform(-25, 3) / 20)))
    sound = np.concatenate(parts)
    if random.random() < 0.25:
        sound = augment.room(sound, random)
    sound = sound + (10 ** random.uniform(-5, -3) * random.standard_normal(len(sound))).astype(np.float32)
    segments = np.array([(0, len(sound) / SAMPLE_RATE, table.number["sil"])])
    sound = np.clip(sound * np.float32(10 ** (random.uniform(-20, 8) / 20)), -1, 1)
    line = augment.line(random) if random.random() < 0.6 else None
    return examples(sound, segments, name, table, None, line)


def grouped(utterances: list[Utterance], random: Generator) -> list[list[Utterance]]:
    """All utterances in groups of one to five of the same speaker; a sixth of the groups gets a second speaker."""
    by_voice: dict[str, list[Utterance]] = {}
    for index in random.permutation(len(utterances)):
        utterance = utterances[index]
        name = utterance.voice.split(":")
        # Every revoiced utterance is another speaker; those may well meet in one stream.
        by_voice.setdefault(":".join(name[:3]), []).append(utterance)
    groups: list[list[Utterance]] = []
    for own in by_voice.values():
        while own:
            size = int(random.integers(1, 6))
            groups.append([own.pop() for _ in range(min(size, len(own)))])
    order = random.permutation(len(groups))
    groups = [groups[index] for index in order]
    for index in range(0, len(groups) - 1, 6):
        groups[index] = groups[index] + groups[index + 1][:1]
    return groups


def load_speech(folder: Path, prefix: str = "train-") -> list[Utterance]:
    """All utterances of the corpus files whose names begin with `prefix`."""
    return [utterance for path in sorted(folder.glob(f"{prefix}*.npz")) for utterance in load_corpus(path)]


def load_music(folder: Path) -> np.ndarray | None:
    """Music of the corpus, 16-bit samples, if there is any."""
    parts = [np.load(path) for path in sorted(folder.glob("music-*.npy"))]
    return np.concatenate(parts) if parts else None


def make_pass(
    speech: list[Utterance],
    backgrounds: Backgrounds,
    share: float,
    is_changed: bool,
    music_share: float,
    seed: int,
    table: PhoneTable,
) -> Examples:
    """Streams of a random `share` of the speech (above 1: several times), clean or changed, and voiceless ones between."""
    random = np.random.default_rng(seed)
    parts: list[Examples] = []
    frames = 0
    while share > 0:
        groups = grouped(speech, random)
        for group in groups[: int(np.ceil(len(groups) * min(1, share)))]:
            if is_changed and random.random() < 0.3:
                group = [augment.resampled(utterance, random) for utterance in group]
            one = scene(group, random, table)
            made = changed(one, backgrounds, random, table) if is_changed else clean(one, random, table)
            parts.append(made)
            frames += len(made.viseme)
        share -= 1
    silent = 0
    while silent < frames * music_share:
        parts.append(voiceless(backgrounds, random, table))
        silent += len(parts[-1].viseme)
    return Examples.joined([parts[index] for index in random.permutation(len(parts))])


