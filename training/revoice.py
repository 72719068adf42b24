"""Other speakers, singers and whisperers out of a few recorded voices, with the phones' times kept exact.

Sound is taken apart into pitch, spectral envelope and aperiodicity (WORLD: M. Morise, F. Yokomori, K. Ozawa, 2016), changed,
and put together again. Few voices are free to use; a network that hears only those learns their vocal tracts by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
import pyworld

from .corpus import SAMPLE_RATE, Utterance
from .phones import PhoneTable

_PERIOD = 8.0
"""Milliseconds between two frames of the analysis."""
_FASTEST = 1e-3 * _PERIOD


@dataclass(frozen=True)
class Character:
    """How a voice differs from the recorded one. The defaults change nothing."""

    formants: float = 1.0
    """Factor on the frequencies of the vocal tract: above 1 is a shorter tract."""
    pitch: float = 1.0
    """Factor on the mean pitch."""
    liveliness: float = 1.0
    """Factor on the distance of the pitch from its mean, in octaves."""
    rate: float = 1.0
    """Speed; above 1 is faster."""
    tilt: float = 0.0
    """Change of the spectrum, dB per octave away from 1 kHz."""
    breath: float = 0.0
    """Share of noise added to voiced sound, 0..1."""
    whisper: bool = False


@dataclass(frozen=True)
class _Parts:
    pitch: np.ndarray
    envelope: np.ndarray
    aperiodicity: np.ndarray


def random_character(random: Random, voice_is_low: bool) -> Character:
    """A plausible speaker: children to giants, lively to monotonous, some breathy."""
    formants = random.uniform(0.9, 1.32) if voice_is_low else random.uniform(0.78, 1.15)
    # Small people have high voices, but not strictly.
    pitch = formants ** random.uniform(1.5, 3.5) * 2 ** random.uniform(-0.4, 0.4)
    return Character(
        formants=formants,
        pitch=min(2.6, max(0.45, pitch)),
        liveliness=random.uniform(0.5, 1.8),
        rate=random.uniform(0.8, 1.25),
        tilt=random.gauss(0, 1.5),
        breath=random.choice((0, 0, random.uniform(0, 0.6))),
        whisper=random.random() < 0.04,
    )


def _take_apart(samples: np.ndarray) -> _Parts:
    sound = samples.astype(np.float64)
    coarse, times = pyworld.dio(sound, SAMPLE_RATE, f0_floor=60, f0_ceil=500, frame_period=_PERIOD)
    pitch = pyworld.stonemask(sound, coarse, times, SAMPLE_RATE)
    envelope = pyworld.cheaptrick(sound, pitch, times, SAMPLE_RATE)
    aperiodicity = pyworld.d4c(sound, pitch, times, SAMPLE_RATE)
    return _Parts(pitch, envelope, aperiodicity)


def _at(parts: _Parts, frames: np.ndarray) -> _Parts:
    nearest = np.clip(np.round(frames).astype(int), 0, len(parts.pitch) - 1)
    return _Parts(parts.pitch[nearest], parts.envelope[nearest], parts.aperiodicity[nearest])


def _coloured(parts: _Parts, character: Character) -> tuple[np.ndarray, np.ndarray]:
    """Envelope and aperiodicity of the other vocal tract."""
    bins = parts.envelope.shape[1]
    source = np.clip(np.arange(bins) / character.formants, 0, bins - 1)
    low = np.floor(source).astype(int)
    share = (source - low)[None]
    high = np.minimum(low + 1, bins - 1)

    def warped(rows: np.ndarray) -> np.ndarray:
        return rows[:, low] * (1 - share) + rows[:, high] * share

    octaves = np.log2(np.maximum(np.arange(bins), 1) * SAMPLE_RATE / 2 / (bins - 1) / 1000)
    gain = 10 ** (character.tilt * np.clip(octaves, -3, 3) / 10)
    envelope = warped(parts.envelope) * gain
    aperiodicity = np.clip(warped(parts.aperiodicity), 0, 1)
    aperiodicity = np.clip(aperiodicity + character.breath * (1 - aperiodicity) * 0.7, 1e-4, 1)
    return envelope, aperiodicity


def _put_together(pitch: np.ndarray, envelope: np.ndarray, aperiodicity: np.ndarray) -> np.ndarray:
    sound = pyworld.synthesize(
        np.ascontiguousarray(pitch),
        np.ascontiguousarray(envelope),
        np.ascontiguousarray(aperiodicity),
        SAMPLE_RATE,
        _PERIOD,
    )
    return sound.astype(np.float32)


def revoice(utterance: Utterance, characters: list[Character]) -> list[Utterance]:
    """The same words by other speakers; one analysis for all of them."""
    parts = _take_apart(utterance.samples)
    found = []
    for character in characters:
        frames = np.arange(0, len(parts.pitch), character.rate)
        chosen = _at(parts, frames)
        envelope, aperiodicity = _coloured(chosen, character)
        voiced = chosen.pitch > 0
        if character.whisper:
            pitch = np.zeros(len(frames))
        else:
            mean = np.exp(np.log(chosen.pitch[voiced]).mean()) if voiced.any() else 100.0
            moved = mean * character.pitch * (np.maximum(chosen.pitch, 1) / mean) ** character.liveliness
            pitch = np.where(voiced, np.clip(moved, 45, 700), 0)
        segments = utterance.segments.copy()
        segments[:, :2] /= character.rate
        name = "whisper" if character.whisper else f"x{character.formants:.2f}"
        samples = _put_together(pitch, envelope, aperiodicity)
        found.append(Utterance(samples, segments, f"{utterance.voice}:{name}"))
    return found


def sing(utterance: Utterance, table: PhoneTable, character: Character, random: Random) -> Utterance:
    """The same words sung: vowels held on the notes of a tune, with vibrato and glides."""
    parts = _take_apart(utterance.samples)
    beat = random.uniform(0.25, 0.55)
    note = random.randint(0, 6)
    scale = random.choice(((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10, 12, 15)))
    low = random.choice((110.0, 147.0, 196.0, 247.0)) * 2 ** random.uniform(-0.1, 0.1)
    place, segments, notes = [], [], []
    time = 0.0
    for start, end, phone in utterance.segments:
        length = end - start
        if table.is_vowel[int(phone)]:
            length = max(length, beat * random.choice((0.5, 1, 1, 1, 2, 3)))
            note = min(9, max(0, note + random.choice((-2, -1, -1, 0, 1, 1, 2))))
        elif int(phone) == table.number["sil"]:
            length = min(length, 0.6)
        count = max(1, round(length / _FASTEST))
        begin = round(time / _FASTEST)
        place.append(np.linspace(start / _FASTEST, max(start, end - 1e-3) / _FASTEST, count, endpoint=False))
        notes.append(np.full(count, low * 2 ** ((scale[note % 7] + 12 * (note // 7)) / 12)))
        segments.append((begin * _FASTEST, (begin + count) * _FASTEST, phone))
        time = (begin + count) * _FASTEST
    chosen = _at(parts, np.concatenate(place))
    envelope, aperiodicity = _coloured(chosen, character)
    tune = np.log2(np.concatenate(notes))
    glide = np.exp(-1 / (random.uniform(0.02, 0.07) / _FASTEST))
    at = tune[0]
    for index in range(len(tune)):
        at = tune[index] + glide * (at - tune[index])
        tune[index] = at
    seconds = np.arange(len(tune)) * _FASTEST
    depth = random.uniform(0, 0.055)
    tune += depth * np.sin(2 * np.pi * random.uniform(4.8, 6.6) * seconds + random.uniform(0, 6))
    segments = np.array(segments)
    vowels = segments[table.is_vowel[segments[:, 2].astype(int)]]
    held = np.zeros(len(tune), bool)
    for start, end, _ in vowels:
        held[int(start / _FASTEST) : int(end / _FASTEST)] = True
    pitch = np.where((chosen.pitch > 0) | held, 2**tune, 0)
    samples = _put_together(pitch, envelope, aperiodicity)
    return Utterance(samples, segments, f"{utterance.voice}:sings")
