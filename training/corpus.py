"""What the synthesisers say: sound with the times of its phones, and how it is kept between the stages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, Iterator

import numpy as np
from scipy.signal import resample_poly

from .phones import Segment

SAMPLE_RATE = 16_000


@dataclass
class Utterance:
    """Speech of one voice.

    `samples` is 16 kHz mono in -1..1; `segments` is `[n, 3]`: start and end in seconds, class of the phone table; `voice` is
    `program:language:name`.
    """

    samples: np.ndarray
    segments: np.ndarray
    voice: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def levelled(self, rms: float = 0.08) -> Utterance:
        """The same speech at a given root mean square of its loud parts (within 25 dB of the loudest 20 ms)."""
        blocks = self.samples[: len(self.samples) // 320 * 320].reshape(-1, 320)
        power = (blocks**2).mean(1) if len(blocks) else np.array([1.0])
        loud = power[power > power.max() * 10**-2.5].mean() + 1e-12
        return Utterance(self.samples * np.float32(rms / np.sqrt(loud)), self.segments, self.voice)


def segment_array(segments: Iterable[Segment]) -> np.ndarray:
    """Segments as `[n, 3]` numbers."""
    return np.array([(s.start, s.end, s.phone) for s in segments], np.float64).reshape(-1, 3)


def at_sample_rate(samples: np.ndarray, rate: int) -> np.ndarray:
    """Resamples mono sound to 16 kHz, float32."""
    if rate != SAMPLE_RATE:
        divisor = np.gcd(rate, SAMPLE_RATE)
        samples = resample_poly(samples, SAMPLE_RATE // divisor, rate // divisor)
    return samples.astype(np.float32)


def save_corpus(path: Path, utterances: list[Utterance]) -> None:
    """Writes utterances into one file (16-bit sound)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    peak = [max(1e-6, float(np.abs(u.samples).max())) for u in utterances]
    sound = [np.round(u.samples / p * 32_000).astype(np.int16) for u, p in zip(utterances, peak)]
    np.savez(
        path,
        sound=np.concatenate(sound),
        sound_at=np.cumsum([0] + [len(s) for s in sound]),
        scale=np.array(peak) / 32_000,
        segments=np.concatenate([u.segments for u in utterances]),
        segments_at=np.cumsum([0] + [len(u.segments) for u in utterances]),
        voice=np.array([u.voice for u in utterances]),
    )


def load_corpus(path: Path) -> Iterator[Utterance]:
    """Reads what :func:`save_corpus` wrote."""
    with np.load(path) as file:
        parts = {key: file[key] for key in file.files}
    for index, voice in enumerate(parts["voice"]):
        sound = parts["sound"][parts["sound_at"][index] : parts["sound_at"][index + 1]]
        segments = parts["segments"][parts["segments_at"][index] : parts["segments_at"][index + 1]]
        yield Utterance(sound.astype(np.float32) * np.float32(parts["scale"][index]), segments, str(voice))
