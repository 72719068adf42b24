"""Sounds of the world that are not a voice that speaks or sings, made by rules."""

from __future__ import annotations

from typing import Callable

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from .corpus import SAMPLE_RATE

Generator = np.random.Generator


def coloured(random: Generator, count: int, slope: float | None = None) -> np.ndarray:
    """Noise whose power falls with frequency to the given exponent: 0 white, 1 pink, 2 brown."""
    slope = random.uniform(0, 2) if slope is None else slope
    spectrum = np.fft.rfft(random.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE), 20)
    return np.fft.irfft(spectrum * frequency ** (-slope / 2), count)


def _band(sound: np.ndarray, low: float, high: float) -> np.ndarray:
    return sosfilt(butter(2, (low, min(high, 7900)), "band", fs=SAMPLE_RATE, output="sos"), sound)


def _slow(random: Generator, count: int, hertz: float) -> np.ndarray:
    """A random curve between 0 and 1 that changes about `hertz` times a second."""
    knots = max(4, int(count / SAMPLE_RATE * hertz) + 3)
    return np.interp(np.arange(count), np.linspace(0, count, knots), random.random(knots))


def _strokes(random: Generator, count: int, per_second: float, stroke: Callable[[], np.ndarray]) -> np.ndarray:
    sound = np.zeros(count)
    time = random.exponential(1 / per_second)
    while (start := int(time * SAMPLE_RATE)) < count:
        one = stroke()[: count - start]
        sound[start : start + len(one)] += one * random.uniform(0.2, 1)
        time += random.exponential(1 / per_second) + 0.02
    return sound


def _ringing(random: Generator, seconds: float, low: float, high: float, modes: int) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = np.zeros(len(time))
    for _ in range(modes):
        decay = random.uniform(4, 20) / seconds
        sound += random.uniform(0.2, 1) * np.sin(2 * np.pi * random.uniform(low, high) * time) * np.exp(-decay * time)
    return sound


def keyboard(random: Generator, count: int) -> np.ndarray:
    """Typing: a click when a key goes down, a duller one when it comes up."""

    def stroke() -> np.ndarray:
        click = random.standard_normal(400) * np.exp(-np.arange(400) / random.uniform(20, 80))
        body = _ringing(random, 0.05, 150, 2500, 4)
        gap = np.zeros(int(random.uniform(0.04, 0.12) * SAMPLE_RATE))
        return np.concatenate([np.pad(click, (0, 400)) + body[:800], gap, 0.4 * click, body[:800] * 0.3])

    return _strokes(random, count, random.uniform(2, 9), stroke)


def knocks(random: Generator, count: int) -> np.ndarray:
    """Knocks, steps, doors."""

    def stroke() -> np.ndarray:
        thump = _ringing(random, 0.2, 60, 600, 6)
        return thump + coloured(random, len(thump), 2) * np.exp(-np.arange(len(thump)) / 300)

    return _strokes(random, count, random.uniform(0.5, 4), stroke)


def dishes(random: Generator, count: int) -> np.ndarray:
    """Dishes, bells, keys."""
    return _strokes(
        random, count, random.uniform(0.5, 5), lambda: _ringing(random, random.uniform(0.1, 0.8), 800, 7000, 6)
    )


def wind(random: Generator, count: int) -> np.ndarray:
    """Wind and surf: noise whose colour and strength wander."""
    low = _band(coloured(random, count, 1.5), 60, 500) * _slow(random, count, 1)
    high = _band(coloured(random, count, 1), 400, random.uniform(900, 3000)) * _slow(random, count, 0.7) ** 2
    return low / (low.std() + 1e-9) + high / (high.std() + 1e-9) * random.uniform(0, 1)


def hum(random: Generator, count: int) -> np.ndarray:
    """Mains, fans and engines: harmonics of a low tone that wanders, with some noise."""
    time = np.arange(count) / SAMPLE_RATE
    pitch = random.choice([50, 60, random.uniform(30, 200)]) * (1 + 0.1 * random.integers(0, 2) * _slow(random, count, 0.5))
    phase = 2 * np.pi * np.cumsum(pitch * np.ones(count)) / SAMPLE_RATE
    sound = sum(np.sin(k * phase + random.uniform(0, 6)) / k ** random.uniform(0.3, 1.5) for k in range(1, 16))
    return sound * (1 + 0.3 * np.sin(2 * np.pi * random.uniform(1, 20) * time)) + random.uniform(0, 1) * coloured(random, count)


def signals(random: Generator, count: int) -> np.ndarray:
    """Beeps, dial tones, alarms, birds: tones that start, stop and slide."""
    time = np.arange(count) / SAMPLE_RATE
    keyed = np.repeat(random.random(count // 800 + 1) < random.uniform(0.2, 0.8), 800)[:count]
    slide = random.uniform(0, 0.6) * np.sin(2 * np.pi * random.uniform(0.5, 12) * time)
    phase = 2 * np.pi * np.cumsum(random.uniform(300, 4000) * (1 + slide)) / SAMPLE_RATE
    return np.sin(phase) * lfilter([0.02], [1, -0.98], keyed.astype(float))


def applause(random: Generator, count: int) -> np.ndarray:
    """Applause and rain: dense strokes."""

    def stroke() -> np.ndarray:
        return _band(random.standard_normal(300), 600, 5000) * np.exp(-np.arange(300) / 60)

    return _strokes(random, count, random.uniform(40, 150), stroke)


def breath(random: Generator, count: int) -> np.ndarray:
    """Breathing in and out: noise through a vocal tract at rest, in slow swells with pauses."""
    sound = np.zeros(count)
    at = int(random.uniform(0, 1) * SAMPLE_RATE)
    while at < count:
        length = int(random.uniform(0.25, 1.4) * SAMPLE_RATE)
        swell = np.hanning(length) ** random.uniform(0.5, 2)
        noise = coloured(random, length, 0.7)
        tract = sum(
            _band(noise, f * 0.85, f * 1.15) / (i + 1)
            for i, f in enumerate((random.uniform(400, 800), random.uniform(1000, 1900), random.uniform(2300, 3500)))
        )
        one = (tract / (tract.std() + 1e-9) + 0.3 * noise) * swell
        sound[at : at + length] += one[: count - at]
        at += length + int(random.uniform(0.1, 1.5) * SAMPLE_RATE)
    return sound


def laughter(random: Generator, count: int) -> np.ndarray:
    """Breathy laughter: bursts of aspiration four to six times a second, some with a short falling tone."""
    sound = np.zeros(count)
    at = 0
    while at < count:
        pitch = random.uniform(180, 450)
        beat = random.uniform(0.15, 0.24)
        for index in range(random.integers(3, 9)):
            length = int(beat * 0.9 * SAMPLE_RATE)
            start = at + int(index * beat * SAMPLE_RATE)
            if start >= count:
                break
            time = np.arange(length) / SAMPLE_RATE
            noise = _band(random.standard_normal(length), 500, 3500)
            tone = sum(np.sin(2 * np.pi * k * pitch * (1 - 0.05 * index) * time) / k**1.5 for k in range(1, 8))
            one = (noise / noise.std() + random.uniform(0, 0.6) * tone) * np.exp(-time / 0.07) * 0.93**index
            sound[start : start + length] += one[: count - start]
        at += int(random.uniform(1.5, 4) * SAMPLE_RATE)
    return sound


KINDS: dict[str, Callable[[Generator, int], np.ndarray]] = {
    "coloured": coloured, "keyboard": keyboard, "knocks": knocks, "dishes": dishes, "wind": wind, "hum": hum,
    "signals": signals, "applause": applause, "breath": breath, "laughter": laughter,
}  # fmt: skip
"""All kinds by name."""


def noise(random: Generator, count: int, kind: str | None = None) -> np.ndarray:
    """A sound of root mean square 0.1, of a random kind unless one is named."""
    sound = KINDS[kind or random.choice(list(KINDS))](random, count).astype(np.float32)
    return sound / (np.sqrt((sound**2).mean()) + np.float32(1e-6)) * np.float32(0.1)
