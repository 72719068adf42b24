"""Golden numbers of the audio front ends of published networks, from their formulas, with numpy alone.

    python3 eval/front_ends.py > tests/audio/front-ends/fixtures/golden.json

Independent of the TypeScript under test: whole signals at once, numpy's own Fourier transform, matrices of filters.
"""

import json

import numpy as np

RATE = 16_000


def signal(length):
    """A rising tone with a hum, a pause and noise from a linear congruential generator: the test makes the same."""
    n = np.arange(length)
    t = n / RATE
    tone = 0.3 * np.sin(2 * np.pi * (200 * t + 1500 * t * t)) + 0.1 * np.sin(2 * np.pi * 120 * t)
    state, noise = 1, np.empty(length)
    for i in range(length):
        state = (state * 1664525 + 1013904223) % 2**32
        noise[i] = state / 2**32 - 0.5
    return np.float32(np.where((n // 2000) % 4 == 3, 0.0, tone) + 0.02 * noise).astype(np.float64)


def slaney(bands, transform, lowest, highest):
    def to_mel(f):
        return np.where(f < 1000, 3 * f / 200, 15 + 27 * np.log(np.maximum(f, 1e-9) / 1000) / np.log(6.4))

    def from_mel(m):
        return np.where(m < 15, 200 * m / 3, 1000 * np.exp(np.log(6.4) * (m - 15) / 27))

    points = from_mel(np.linspace(to_mel(np.float64(lowest)), to_mel(np.float64(highest)), bands + 2))
    bins = np.linspace(0, RATE / 2, transform // 2 + 1)
    rows = []
    for low, centre, high in zip(points, points[1:], points[2:]):
        rising = (bins - low) / (centre - low)
        falling = (high - bins) / (high - centre)
        rows.append(np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low))
    return np.array(rows)


def frames_of(x, transform, hop):
    padded = np.pad(x, transform // 2, mode="reflect")
    count = 1 + (len(padded) - transform) // hop
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(transform) / transform)
    return np.array([padded[i * hop : i * hop + transform] * window for i in range(count)])


def wav2lip(x):
    emphasised = np.append(x[0], x[1:] - 0.97 * x[:-1])
    magnitude = np.abs(np.fft.rfft(frames_of(emphasised, 800, 200)))
    decibels = 20 * np.log10(np.maximum(1e-5, magnitude @ slaney(80, 800, 55, 7600).T)) - 20
    return np.clip(8 * (decibels + 100) / 100 - 4, -4, 4)


def whisper(x, columns):
    x = np.pad(x, (0, columns * 160 - len(x)))
    power = np.abs(np.fft.rfft(frames_of(x, 400, 160)))[:-1] ** 2
    level = np.log10(np.maximum(1e-10, power @ slaney(80, 400, 0, 8000).T))
    return (np.maximum(level, level.max() - 8) + 4) / 4


def columns_of_pieces(x, wanted):
    """Whisper's segments as Hugging Face cuts them: each by itself, filled up with silence."""
    pieces = [whisper(x[start : start + 480_000], 3000) for start in range(0, len(x), 480_000)]
    return [pieces[segment][column] for segment, column in wanted]


def columns_of_whole(x, wanted):
    """Whisper's segments as OpenAI cuts them: out of the spectrum of all, filled up with zeros."""
    power = np.abs(np.fft.rfft(frames_of(x, 400, 160)))[:-1] ** 2
    level = np.log10(np.maximum(1e-10, power @ slaney(80, 400, 0, 8000).T))
    mel = (np.maximum(level, level.max() - 8) + 4) / 4
    padded = np.pad(mel, ((0, 6000 - len(mel)), (0, 0)))
    return [padded[segment * 3000 + column] for segment, column in wanted]


def mfcc(x):
    x = x * 32768
    x = np.append(x[0], x[1:] - 0.97 * x[:-1])
    count = 1 if len(x) <= 400 else 1 + int(np.ceil((len(x) - 400) / 160))
    x = np.pad(x, (0, max(0, (count - 1) * 160 + 400 - len(x))))
    frames = np.array([x[i * 160 : i * 160 + 400] for i in range(count)])
    power = np.abs(np.fft.rfft(frames, 512)) ** 2 / 512
    energy = power.sum(1)
    top = 2595 * np.log10(1 + 8000 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, 28) / 2595) - 1)
    edges = np.floor(513 * hertz / RATE).astype(int)
    bank = np.zeros((26, 257))
    for band in range(26):
        left, centre, right = edges[band : band + 3]
        for k in range(left, centre):
            bank[band, k] = (k - left) / (centre - left)
        for k in range(centre, right):
            bank[band, k] = (right - k) / (right - centre)
    eps = np.finfo(float).eps
    level = np.log(np.where(power @ bank.T == 0, eps, power @ bank.T))
    order, band = np.arange(13)[:, None], np.arange(26)[None, :]
    cosines = np.cos(np.pi * order * (2 * band + 1) / 52) * np.sqrt(2 / 26)
    cepstra = level @ cosines.T * (1 + 11 * np.sin(np.pi * np.arange(13) / 22))
    cepstra[:, 0] = np.log(np.where(energy == 0, eps, energy))
    return cepstra


def rounded(rows):
    return [[round(float(v), 6) for v in row] for row in rows]


if __name__ == "__main__":
    # Beyond 30 seconds it is too quiet to be heard beside what comes before.
    long = signal(500_250) * np.where(np.arange(500_250) < 480_000, 1, 1e-4)
    columns = [(0, 0), (0, 1), (0, 1500), (0, 2998), (0, 2999), (1, 0), (1, 1), (1, 90), (1, 125), (1, 126), (1, 2999)]
    golden = {
        "wav2lip": {"samples": 9730, "rows": rounded(wav2lip(signal(9730)))},
        "whisper": {"samples": 9730, "columns": 90, "rows": rounded(whisper(signal(9730), 90)[::3])},
        "mfcc": {"samples": 9730, "rows": rounded(mfcc(signal(9730)))},
        "pieces": {"samples": 500_250, "columns": columns, "rows": rounded(columns_of_pieces(long, columns))},
        "whole": {"samples": 500_250, "columns": columns, "rows": rounded(columns_of_whole(long, columns))},
        "short": {"samples": 150, "rows": rounded(wav2lip(signal(150)))},
    }
    print(json.dumps(golden, separators=(",", ":")))
