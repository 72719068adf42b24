"""The product's streaming front end, for whole recordings at once.

It repeats `src/audio/conditioner.ts`, `mel.ts`, `level.ts` and `normalise.ts` number by number
(`training/tests/test_front_end.py` compares them); the recursions are written as filters over the whole recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import rfft
from scipy.signal import lfilter

SAMPLE_RATE = 16_000
HOP, WINDOW, TRANSFORM, BANDS = 160, 400, 512, 40
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7600.0
_PRE_EMPHASIS = 0.9
_POWER_FLOOR = 1e-7
_CORNER_DECAY = np.exp(-2 * np.pi * 20 / SAMPLE_RATE)

_MEMORY = np.exp(-1 / 300)
_PRIOR = np.linspace(-3.5, -6.5, BANDS)
_PRIOR_FRAMES = 50
_PEAK_RANGE, _PEAK_DECAY, _QUIETEST = 4.0, 0.01, -12.5
_SCALE = 2.5

_TRAINED_DB, _MEAN_BELOW_RMS_DB, _SILENCE_DB, _WEAKEST_SPEECH_DB = -21.9, 3.0, -120.0, -75.0
_LEVEL_PRIOR_FRAMES, _LEVEL_MEMORY, _SPEECH_ABOVE_NOISE_DB = 4, np.exp(-1 / 600), 12.0
_BLOCKS, _BLOCK_FRAMES = 8, 40


def condition(samples: np.ndarray) -> np.ndarray:
    """High-pass at 20 Hz that starts at the first sample's value."""
    if not len(samples):
        return samples
    offset = samples - samples[0]
    return lfilter([_CORNER_DECAY, -_CORNER_DECAY], [1, -_CORNER_DECAY], offset)


def mel_bank(warp: float = 1.0) -> np.ndarray:
    """Triangular bands of unit sum, `[bins, bands]`. `warp` above 1 makes the speaker's vocal tract sound shorter."""

    def to_mel(hertz: float) -> float:
        return 1127 * np.log(1 + hertz / 700)

    edges = 700 * (np.exp(np.linspace(to_mel(_LOWEST_HZ), to_mel(_HIGHEST_HZ), BANDS + 2) / 1127) - 1)
    if warp != 1:
        # Linear up to 4.8 kHz, then bent so that the last edge stays where the spectrum ends.
        knee = min(4800.0, 4800 / warp)
        bent = _HIGHEST_HZ - (_HIGHEST_HZ - knee * warp) / (_HIGHEST_HZ - knee) * (_HIGHEST_HZ - edges)
        edges = np.where(edges < knee, edges * warp, bent)
        edges = edges.copy()
    hertz = np.arange(TRANSFORM // 2 + 1) * SAMPLE_RATE / TRANSFORM
    bank = np.zeros((len(hertz), BANDS))
    for band, (left, centre, right) in enumerate(zip(edges, edges[1:], edges[2:])):
        bank[:, band] = np.maximum(0, np.minimum((hertz - left) / (centre - left), (right - hertz) / (right - centre)))
        if bank[:, band].sum() == 0:
            bank[int(np.floor(centre * TRANSFORM / SAMPLE_RATE + 0.5)), band] = 1
    return bank / bank.sum(0)


_BANK = mel_bank()
_HANN = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))


@dataclass(frozen=True)
class MelPowers:
    """Power per band, `[frames, 40]`, and the mean square of the samples under each window."""

    power: np.ndarray
    mean_square: np.ndarray


def mel_powers(samples: np.ndarray, bank: np.ndarray = _BANK, precise: bool = False) -> MelPowers:
    """Frames every 10 ms, frame i centred at sample 160 i; as many as the product gives before the end of the stream.

    `precise` computes in double precision, as the product does.
    """
    kind = np.float64 if precise else np.float32
    plain = np.concatenate([np.zeros(WINDOW // 2, kind), samples.astype(kind)])
    emphasised = plain.copy()
    emphasised[1:] -= kind(_PRE_EMPHASIS) * plain[:-1]
    frames = max(0, (len(plain) - WINDOW) // HOP + 1)

    def cut(signal: np.ndarray) -> np.ndarray:
        return np.lib.stride_tricks.as_strided(
            signal, (frames, WINDOW), (signal.strides[0] * HOP, signal.strides[0]), writeable=False
        )

    spectrum = rfft(cut(emphasised) * _HANN.astype(kind), TRANSFORM, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) @ bank.astype(kind)
    return MelPowers(power, (cut(plain) ** 2).mean(1))


def _gated_mean(
    values: np.ndarray, gate: np.ndarray, memory: float, prior: np.ndarray, prior_frames: float
) -> np.ndarray:
    """Running mean of the gated rows that forgets by `memory` per gated row; its value at every row."""
    chosen = values[gate]
    start = np.atleast_1d(prior) * prior_frames
    sums, _ = lfilter([1], [1, -memory], chosen, axis=0, zi=memory * start[None])
    weight, _ = lfilter([1], [1, -memory], np.ones(len(chosen)), zi=[memory * prior_frames])
    means = np.concatenate([np.atleast_1d(prior)[None], sums / weight[:, None]])
    return means[np.cumsum(gate)]


def power_gain(mean_square: np.ndarray) -> np.ndarray:
    """Factor on the power, per frame, that brings the speaker to the trained level, from the past alone."""
    level = np.where(mean_square > 1e-12, 10 * np.log10(np.maximum(mean_square, 1e-12)), _SILENCE_DB)
    smoothed, _ = lfilter([0.35], [1, -0.65], level, zi=[0.65 * level[0]])
    frames = len(level)
    blocks = -(-frames // _BLOCK_FRAMES)
    padded = np.concatenate([smoothed, np.full(blocks * _BLOCK_FRAMES - frames, np.inf)]).reshape(blocks, _BLOCK_FRAMES)
    running = np.minimum.accumulate(padded, 1)
    whole = np.concatenate([np.full(_BLOCKS - 1, np.inf), padded.min(1)])
    before = np.array([whole[block : block + _BLOCKS - 1].min() for block in range(blocks)])
    noise = np.minimum(running, before[:, None]).reshape(-1)[:frames]
    active = (level > noise + _SPEECH_ABOVE_NOISE_DB) & (level > _WEAKEST_SPEECH_DB)
    expected = np.array([_TRAINED_DB - _MEAN_BELOW_RMS_DB])
    speaker = _gated_mean(level[:, None], active, _LEVEL_MEMORY, expected, _LEVEL_PRIOR_FRAMES)[:, 0]
    return 10 ** (np.clip(_TRAINED_DB - _MEAN_BELOW_RMS_DB - speaker, -25, 55) / 10)


def normalise(power: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """The network's input, `[frames, 40]` float32: logarithm, minus the causal mean of speech-like frames, scaled."""
    logarithm = np.log(power * gain[:, None] + _POWER_FLOOR).astype(np.float32)
    mean = logarithm.mean(1, dtype=np.float64)
    ramp = _PEAK_DECAY * np.arange(len(mean))
    peak = np.maximum.accumulate(mean + ramp) - ramp
    gate = (mean > peak - _PEAK_RANGE) & (mean > _QUIETEST)
    average = _gated_mean(logarithm.astype(np.float64), gate, _MEMORY, _PRIOR, _PRIOR_FRAMES)
    return ((logarithm - average) / _SCALE).astype(np.float32)


def features(samples: np.ndarray, gain_delay: int = 0, precise: bool = False) -> np.ndarray:
    """Everything above: 16 kHz samples to the network's input.

    `gain_delay` is the number of frames by which the network runs behind the level tracker (profile of the product).
    """
    mel = mel_powers(condition(samples), precise=precise)
    gain = power_gain(mel.mean_square)
    if gain_delay:
        gain = np.concatenate([gain[gain_delay:], np.full(min(gain_delay, len(gain)), gain[-1])])
    return normalise(mel.power, gain)
