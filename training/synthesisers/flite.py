"""flite: voices built from recorded speech (statistical and diphone), English, with the end of every phone."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from random import Random

import soundfile

from ..corpus import Utterance, at_sample_rate, segment_array
from ..phones import PhoneTable

TRAINED_VOICES = ("rms", "slt")
"""Voices that training may use. `kal16` is spoken by festival, whose labels fit its sound exactly."""
HELD_OUT_VOICES = ("awb",)
"""Voices kept for evaluation."""
_PITCH = {"slt": (110, 240), "rms": (70, 160), "awb": (80, 170)}


def say(table: PhoneTable, text: str, voice: str, random: Random, phones: bool = False) -> Utterance | None:
    """Speaks with random speed and pitch; `phones` takes `text` as ARPAbet phones. None if it could not be spoken."""
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "speech.wav"
        process = subprocess.run(
            [
                "flite", "-voice", voice, "--setf", f"duration_stretch={random.uniform(0.75, 1.3):.2f}",
                "--setf", f"int_f0_target_mean={random.uniform(*_PITCH[voice]):.0f}", "-psdur",
                "-p" if phones else "-t", text, "-o", str(sound),
            ],
            capture_output=True,
            text=True,
        )  # fmt: skip
        if not sound.exists() or sound.stat().st_size < 1000:
            return None
        samples, rate = soundfile.read(sound, dtype="float32")
    spoken: list[tuple[float, float, str]] = []
    start = 0.0
    for token in process.stdout.split():
        symbol, colon, end = token.rpartition(":")
        if colon:
            spoken.append((start, float(end), symbol))
            start = float(end)
    if not spoken or abs(len(samples) / rate - start) > 0.25:
        return None
    segments = segment_array(table.segments(spoken, "arpabet"))
    return Utterance(at_sample_rate(samples, rate), segments, f"flite:en:{voice}")


def speech(
    table: PhoneTable, texts: list[str], voice: str, seconds: float, random: Random, phones: bool = False
) -> list[Utterance]:
    """Speech of one voice."""
    found: list[Utterance] = []
    total = 0.0
    for _ in range(50 + int(seconds)):
        if total >= seconds:
            break
        text = random.choice(texts)
        if not phones and random.random() < 0.5:
            text += " " + random.choice(texts)
        utterance = say(table, text, voice, random, phones)
        if utterance is None or utterance.seconds > 20:
            continue
        found.append(utterance)
        total += utterance.seconds
    return found
