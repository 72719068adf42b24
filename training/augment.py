"""What happens to sound between a mouth and the network: rooms, noises, microphones, lines."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve, resample_poly

from .corpus import SAMPLE_RATE, Utterance
from .front_end import BANDS, mel_bank

Generator = np.random.Generator

_WARPS = {warp: mel_bank(warp) for warp in np.round(np.arange(0.86, 1.17, 0.02), 2)}


def resampled(utterance: Utterance, random: Generator) -> Utterance:
    """Speed, pitch and formants changed together by up to a sixth."""
    factor = int(random.choice([17, 18, 19, 21, 22, 23]))
    samples = resample_poly(utterance.samples, 20, factor).astype(np.float32)
    segments = utterance.segments.copy()
    segments[:, :2] *= 20 / factor
    return Utterance(samples, segments, utterance.voice)


def room(sound: np.ndarray, random: Generator) -> np.ndarray:
    """The sound in a room: exponentially decaying reverberation of 0.1 to 0.7 s behind the direct sound."""
    seconds = random.uniform(0.1, 0.7)
    count = int(seconds * SAMPLE_RATE)
    response = random.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    response *= random.uniform(0.1, 0.7) / np.sqrt((response**2).sum())
    response[: int(random.uniform(0.001, 0.012) * SAMPLE_RATE)] = 0
    response[0] = 1
    return fftconvolve(sound, response.astype(np.float32))[: len(sound)].astype(np.float32)


def mu_law(sound: np.ndarray) -> np.ndarray:
    """Eight bits per sample as in telephony (ITU-T G.711)."""
    peak = np.abs(sound).max() + 1e-9
    squeezed = np.sign(sound) * np.log1p(255 * np.abs(sound) / peak) / np.log(256)
    coarse = np.round(squeezed * 128) / 128
    return (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255 * peak).astype(np.float32)


def coming_and_going(count: int, random: Generator) -> np.ndarray:
    """A curve of 0..1 for a background that stops and starts within tenths of a second."""
    knots = max(4, count // SAMPLE_RATE)
    levels = random.choice([0.0, 0.3, 1.0], knots, p=[0.35, 0.15, 0.5])
    return np.interp(np.arange(count), np.linspace(0, count, knots), levels)


def random_bank(random: Generator) -> np.ndarray:
    """Mel bands that hear a longer or shorter vocal tract."""
    return _WARPS[random.choice(list(_WARPS))]


def line(random: Generator) -> np.ndarray:
    """Factor on the power of each band: the colour of a microphone, at times the limits of a telephone or codec."""
    gain = np.ones(BANDS)
    if random.random() < 0.65:
        gain *= np.exp(np.interp(np.arange(BANDS), np.linspace(0, BANDS - 1, 6), random.normal(0, 1.0, 6)))
    if random.random() < 0.2:
        gain[random.integers(25, 39) :] *= 10 ** -random.uniform(2, 5)
    if random.random() < 0.12:
        gain[: random.integers(2, 6)] *= 10 ** -random.uniform(1, 4)
    return gain
