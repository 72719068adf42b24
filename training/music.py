"""Instrumental music made up here and played by FluidSynth: what the mouth must not sing along with.

Every piece is a MIDI file of random style. Leads bend, slide and swell as singers do; they are what is hard.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from scipy.signal import lfilter

from .corpus import SAMPLE_RATE, at_sample_rate

SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
"""Debian's `fluid-soundfont-gm` (MIT)."""

_TICKS = 480
_DRUMS = 9
# General MIDI programs, counted from 0.
_LEADS = [22, 29, 30, 40, 41, 42, 56, 57, 59, 60, 61, 64, 65, 66, 67, 68, 70, 71, 72, 73, 74, 75, 77, 78, 79, 80, 81, 82, 83]
_LEADS += [84, 86, 87, 104, 109, 110, 111, 26, 27, 11, 0, 4, 24]
_VOICE_LIKE = [52, 53, 54, 85, 91]
_PADS = [16, 17, 18, 19, 20, 21, 48, 49, 50, 51, 55, 61, 62, 88, 89, 90, 92, 93, 94, 95]
_PLUCKED = [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 24, 25, 26, 27, 28, 29, 30, 45, 46, 104, 105, 106, 107, 108]
_BASSES = [32, 33, 34, 35, 36, 37, 38, 39, 43, 58]
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 3, 5, 7, 9, 10), (0, 1, 4, 5, 7, 8, 10), (0, 2, 4, 7, 9, 12, 14))


@dataclass
class _Track:
    events: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, tick: float, *data: int) -> None:
        self.events.append((max(0, int(tick)), bytes(data)))

    def note(self, channel: int, start: float, length: float, key: int, velocity: int) -> None:
        key = min(120, max(10, key))
        self.add(start, 0x90 | channel, key, min(127, max(1, velocity)))
        self.add(start + max(10, length), 0x80 | channel, key, 0)

    def bytes(self) -> bytes:
        data, now = b"", 0
        for tick, event in sorted(self.events, key=lambda item: item[0]):
            data += _variable_length(tick - now) + event
            now = tick
        return data + b"\x00\xff\x2f\x00"


def _variable_length(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))


def _compose(random: Random, seconds: float) -> bytes:
    tempo = random.uniform(60, 175)
    beats = int(seconds * tempo / 60)
    key, scale = random.randint(40, 52), random.choice(_SCALES)
    track = _Track()
    track.add(0, 0xFF, 0x51, 3, *int(60e6 / tempo).to_bytes(3, "big"))
    alone = random.random() < 0.3
    with_drums = not alone and random.random() < 0.65
    with_bass = not alone and random.random() < 0.75
    with_chords = not alone and random.random() < 0.85
    with_lead = alone or random.random() < 0.8
    lead = random.choice(_VOICE_LIKE if random.random() < 0.08 else _LEADS)
    programs = {0: random.choice(_PADS + _PLUCKED), 1: random.choice(_BASSES), 2: lead, 3: random.choice(_PLUCKED)}
    for channel, program in programs.items():
        track.add(0, 0xC0 | channel, program)
        track.add(0, 0xB0 | channel, 91, random.randint(0, 110))
    tone = lambda degree: key + scale[degree % 7] + 12 * (degree // 7)  # noqa: E731
    progression = [random.choice((0, 3, 4, 5, 1, 2, 6)) for _ in range(random.choice((2, 4, 4, 8)))]
    broken = random.random() < 0.5
    for bar in range(0, beats, 4):
        root = progression[bar // 4 % len(progression)]
        at = bar * _TICKS
        if with_chords:
            for index, degree in enumerate((root, root + 2, root + 4, root + 7)):
                if broken:
                    for step in range(8):
                        if step % 4 == index:
                            track.note(3, at + step * _TICKS / 2, _TICKS * 0.5, tone(degree) + 12, random.randint(50, 90))
                else:
                    track.note(0, at, 4 * _TICKS * 0.97, tone(degree) + 12, random.randint(50, 85))
        if with_bass:
            for beat in range(4):
                if random.random() < 0.8:
                    track.note(1, at + beat * _TICKS, _TICKS * 0.8, tone(root) - 12 + random.choice((0, 0, 12)), random.randint(70, 110))
    if with_drums:
        _drum(track, random, beats)
    if with_lead:
        _solo(track, random, beats, tone, tempo)
    body = track.bytes()
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, _TICKS) + b"MTrk" + struct.pack(">I", len(body)) + body


def _drum(track: _Track, random: Random, beats: int) -> None:
    kick, snare = random.choice((35, 36)), random.choice((37, 38, 39, 40))
    hats = random.choice(((42, 0.5), (42, 0.25), (51, 0.5), (70, 0.25), (54, 1)))
    for beat in range(beats):
        at = beat * _TICKS
        track.note(_DRUMS, at, 60, kick if beat % 2 == 0 else snare, random.randint(80, 120))
        if random.random() < 0.3:
            track.note(_DRUMS, at + _TICKS / 2, 60, random.choice((kick, 41, 45, 48, 50)), random.randint(60, 110))
        step = 0.0
        while step < 1:
            track.note(_DRUMS, at + step * _TICKS, 40, hats[0], random.randint(40, 90))
            step += hats[1]


def _solo(track: _Track, random: Random, beats: int, tone, tempo: float) -> None:
    channel, degree = 2, random.randint(7, 14)
    lively = random.random()
    tick = 0.0
    while tick < beats * _TICKS:
        length = _TICKS * random.choice((0.25, 0.5, 0.5, 0.5, 1, 1, 1.5, 2, 4)) * (1.5 - lively)
        if random.random() < 0.15:
            tick += length
            continue
        degree = min(20, max(3, degree + random.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3))))
        track.note(channel, tick, length * random.uniform(0.5, 1.02), tone(degree), random.randint(60, 120))
        # Slide in, tremble while it lasts, swell and fade: 30 ms steps.
        step = _TICKS * tempo / 60 * 0.03
        slide = random.choice((0, 0, -1, -2, 1)) * 4096
        depth = random.choice((0, 300, 900, 1600))
        swell = random.random() < 0.5
        count = max(2, int(length / step))
        for index in range(count):
            place = index / count
            bend = slide * max(0, 1 - index / 4) + depth * place * np.sin(2 * np.pi * 5.5 * index * 0.03)
            value = int(min(16383, max(0, 8192 + bend)))
            track.add(tick + index * step, 0xE0 | channel, value & 0x7F, value >> 7)
            if swell:
                track.add(tick + index * step, 0xB0 | channel, 11, int(50 + 77 * np.sin(np.pi * min(1, place + 0.1))))
        tick += length


def _chip(random: Random, seconds: float) -> np.ndarray:
    """Square and saw waves with arpeggios and swept filters, as old machines play them."""
    count = int(seconds * SAMPLE_RATE)
    sound = np.zeros(count, np.float32)
    step = int(SAMPLE_RATE * random.choice((0.04, 0.08, 0.12, 0.2, 0.3)))
    key, scale = random.uniform(80, 240), random.choice(_SCALES)
    for voice in range(random.randint(1, 4)):
        degree, phase, duty = random.randint(0, 7) + 5 * voice, 0.0, random.uniform(0.1, 0.5)
        shape = random.choice(("square", "saw", "triangle"))
        hold = random.choice((1, 1, 2, 4))
        for start in range(0, count, step * hold):
            length = min(step * hold, count - start)
            degree = min(18, max(0, degree + random.choice((-4, -2, -1, 0, 1, 2, 4))))
            pitch = key * 2 ** (scale[degree % 7] / 12 + degree // 7)
            time = np.arange(length) / SAMPLE_RATE
            turns = phase + np.cumsum(pitch * (1 + 0.01 * np.sin(2 * np.pi * 6 * time))) / SAMPLE_RATE
            phase = float(turns[-1] % 1)
            cycle = turns % 1
            wave = {"square": np.where(cycle < duty, 1, -1), "saw": 2 * cycle - 1, "triangle": 4 * abs(cycle - 0.5) - 1}[shape]
            decay = np.exp(-time * random.uniform(0, 8))
            sound[start : start + length] += (wave * decay * random.uniform(0.3, 1)).astype(np.float32)
    return sound


def _swept(sound: np.ndarray, random: Random) -> np.ndarray:
    """A resonant filter that moves, as wah-wahs and synthesiser voices have: what sounds most like vowels."""
    block = 160
    low, high = random.uniform(200, 500), random.uniform(1200, 4500)
    speed = random.uniform(0.2, 7)
    out = np.empty_like(sound)
    state = np.zeros(2)
    for start in range(0, len(sound), block):
        place = 0.5 + 0.5 * np.sin(2 * np.pi * speed * start / SAMPLE_RATE)
        radius = 0.96
        turn = 2 * np.pi * low * (high / low) ** place / SAMPLE_RATE
        a = [1, -2 * radius * np.cos(turn), radius * radius]
        out[start : start + block], state = lfilter([1 - radius], a, sound[start : start + block], zi=state)
    return out


def _electronic(random: Random, seconds: float) -> np.ndarray:
    """Layers of frequency modulation and detuned saws over synthetic drums."""
    count = int(seconds * SAMPLE_RATE)
    beat = int(SAMPLE_RATE * 60 / random.uniform(70, 170) / 2)
    key, scale = random.uniform(55, 130), random.choice(_SCALES)
    sound = np.zeros(count)
    for layer in range(random.randint(1, 4)):
        part = np.zeros(count)
        degree, octave, hold = random.randint(0, 9), layer if layer < 3 else 1, random.choice((1, 2, 2, 4, 8))
        ratio, index = random.choice((0.5, 1, 1, 2, 3, 1.41, 3.5, 7)), random.uniform(0.3, 6)
        saws = random.random() < 0.5
        attack, decay = random.choice((0.003, 0.02, 0.15)), random.uniform(0.1, 2.5)
        for start in range(0, count, beat * hold):
            if random.random() < 0.15:
                continue
            length = min(int(beat * hold * random.uniform(0.6, 1.2)), count - start)
            degree = min(16, max(0, degree + random.choice((-3, -2, -1, 0, 0, 1, 2, 3))))
            pitch = key * 2 ** (octave + scale[degree % 7] / 12 + degree // 7)
            time = np.arange(length) / SAMPLE_RATE
            bent = pitch * (1 + random.choice((0, 0, 0.012)) * np.sin(2 * np.pi * 5.5 * time) + 0.1 * np.exp(-time / 0.03) * random.choice((0, 0, 1, -1)))
            phase = 2 * np.pi * np.cumsum(bent) / SAMPLE_RATE
            if saws:
                wave = sum(((phase * d / (2 * np.pi)) % 1) * 2 - 1 for d in (1, 1.006, 0.993))
            else:
                wave = np.sin(phase + index * np.exp(-time / decay) * np.sin(ratio * phase))
            shape = np.minimum(1, time / attack) * np.exp(-time / decay) * np.minimum(1, (time[-1] - time) / 0.01 + 0.01)
            part[start : start + length] += wave * shape
        sound += (_swept(part, random) * 4 if random.random() < 0.4 else part) * random.uniform(0.3, 1)
    if random.random() < 0.7:
        drums = np.zeros(count + SAMPLE_RATE)
        time = np.arange(int(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
        noise = np.random.default_rng(random.getrandbits(32)).standard_normal(len(time))
        kick = np.sin(2 * np.pi * (50 * time + 8 * (1 - np.exp(-time / 0.03)))) * np.exp(-time / 0.12)
        snare, hat = noise * np.exp(-time / 0.07), np.diff(noise, prepend=0) * np.exp(-time / 0.02)
        for step, start in enumerate(range(0, count, beat)):
            hit = (kick, hat, snare, hat)[step % 4]
            drums[start : start + len(hit)] += hit * random.uniform(0.5, 1) + 0.4 * hat
        sound += drums[:count] * random.uniform(0.5, 2)
    return sound


def _treated(sound: np.ndarray, random: Random) -> np.ndarray:
    """Other instruments out of the same samples: speed and pitch, drive, tremolo, moving filters."""
    if random.random() < 0.6:
        sound = np.asarray(at_sample_rate(sound, int(SAMPLE_RATE * random.choice((0.625, 0.75, 0.875, 1.125, 1.25, 1.5)))))
    sound = sound / (np.abs(sound).max() + 1e-6)
    if random.random() < 0.4:
        drive = random.uniform(2, 20)
        sound = np.tanh(drive * sound)
    if random.random() < 0.25:
        sound = 0.5 * sound + _swept(sound, random) * random.uniform(1, 4)
    if random.random() < 0.25:
        time = np.arange(len(sound)) / SAMPLE_RATE
        sound = sound * (0.6 + 0.4 * np.sign(np.sin(2 * np.pi * random.uniform(2, 9) * time)))
    return sound


def piece(random: Random, seconds: float, kind: str = "played") -> np.ndarray:
    """One piece of instrumental music, 16 kHz mono, root mean square 0.1. Needs FluidSynth and :data:`SOUND_FONT`.

    `kind` is `played` (instruments as they are, some square waves) or `treated` (synthesisers, and instruments that were
    changed until they are others).
    """
    treated = kind == "treated"
    if treated and random.random() < 0.55:
        sound = _electronic(random, seconds)
    elif random.random() < 0.15:
        sound = _chip(random, seconds)
    else:
        sound = _played(random, seconds * (1.6 if treated else 1))
    if treated:
        sound = _treated(sound, random)
    sound = np.resize(sound, int(seconds * SAMPLE_RATE)).astype(np.float32)
    return sound / np.float32(np.sqrt((sound**2).mean()) + 1e-6) * np.float32(0.1)


def _played(random: Random, seconds: float) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        score, played = Path(folder) / "piece.mid", Path(folder) / "piece.wav"
        score.write_bytes(_compose(random, seconds))
        subprocess.run(
            ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", "32000", "-F", str(played), str(SOUND_FONT), str(score)],
            check=True,
            capture_output=True,
        )
        samples, rate = soundfile.read(played, dtype="float32", always_2d=True)
    return at_sample_rate(samples.mean(1), rate)[: int(seconds * SAMPLE_RATE)]
