"""Festival: diphone, unit-selection and HTS voices with segment files."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

import soundfile

from ..corpus import Utterance, at_sample_rate, segment_array
from ..phones import PhoneTable

_BATCH = 16


@dataclass(frozen=True)
class Voice:
    """A voice: the expression that selects it, its language, the bytes it reads, and the set of its phones."""

    select: str
    language: str
    encoding: str
    alphabet: str
    text_language: str = ""


VOICES = {
    "slt-hts": Voice("(voice_cmu_us_slt_arctic_hts)", "en", "ascii", "arpabet"),
    "kal": Voice("(voice_kal_diphone)", "en", "ascii", "arpabet"),
    "ked": Voice("(voice_ked_diphone)", "en", "ascii", "arpabet"),
    "ru": Voice("(voice_msu_ru_nsh_clunits)", "ru", "utf-8", "festival-russian"),
    "krb": Voice("(voice_czech_krb)", "cs", "iso-8859-2", "festival-czech"),
    "lp": Voice("(voice_lp_diphone)", "it", "latin-1", "festival-italian"),
    "ph": Voice("(voice_czech_ph)", "cs", "iso-8859-2", "festival-czech"),
    "dita": Voice("(voice_czech_dita)", "cs", "iso-8859-2", "festival-czech"),
    "machac": Voice("(voice_czech_machac)", "cs", "iso-8859-2", "festival-czech"),
    "pc": Voice("(voice_pc_diphone)", "it", "latin-1", "festival-italian"),
}
"""Voices by name, with their Debian packages' own names for them."""
TRAINED_VOICES = ("kal", "slt-hts", "ru")
"""Voices that training may use: MIT-like and BSD-like licences only."""
HELD_OUT_VOICES = ("ked", "krb", "lp")
"""Voices kept for evaluation."""


def say_all(
    table: PhoneTable, texts: list[str], name: str, random: Random, phones: bool = False
) -> list[Utterance]:
    """Speaks each text with random speed in one process; what cannot be spoken is left out.

    `phones` takes a text as phones of the voice's own set.
    """
    voice = VOICES[name]
    with tempfile.TemporaryDirectory() as folder:
        script = [voice.select]
        for index, text in enumerate(texts):
            text = text.replace('"', "").replace("\\", "")
            speak = f"(SayPhones '({text}))" if phones else f'(SynthText "{text}")'
            if phones:
                # SayPhones plays; the same with the sound kept.
                speak = f"(utt.synth (Utterance Phones ({text})))"
            script.append(f"(Parameter.set 'Duration_Stretch {random.uniform(0.8, 1.3):.2f})")
            script.append(f"(set! utt {speak})(utt.save.wave utt \"{folder}/{index}.wav\" 'riff)")
            script.append(f'(utt.save.segs utt "{folder}/{index}.lab")')
        try:
            subprocess.run(
                ["festival", "--pipe"],
                input="\n".join(script).encode(voice.encoding, "ignore"),
                capture_output=True,
                timeout=300,
            )
        except subprocess.TimeoutExpired:
            return []
        found = []
        for index in range(len(texts)):
            utterance = _read(table, Path(folder), index, name)
            if utterance is not None:
                found.append(utterance)
    return found


def _read(table: PhoneTable, folder: Path, index: int, name: str) -> Utterance | None:
    voice = VOICES[name]
    try:
        samples, rate = soundfile.read(folder / f"{index}.wav", dtype="float32", always_2d=True)
        lines = (folder / f"{index}.lab").read_text("latin-1").splitlines()
    except (OSError, RuntimeError):
        return None
    spoken: list[tuple[float, float, str]] = []
    start = 0.0
    for line in lines:
        fields = line.split()
        if len(fields) == 3:
            spoken.append((start, float(fields[0]), fields[2]))
            start = float(fields[0])
    if not spoken or abs(len(samples) / rate - start) > 0.3 or not 0.5 < len(samples) / rate < 20:
        return None
    segments = segment_array(table.segments(spoken, voice.alphabet))
    sound = at_sample_rate(samples[:, 0], rate)
    return Utterance(sound, segments, f"festival:{voice.language}:{name}")


def speech(
    table: PhoneTable, texts: list[str], name: str, seconds: float, random: Random, phones: bool = False
) -> list[Utterance]:
    """Speech of one voice."""
    found: list[Utterance] = []
    tries = 0
    while sum(utterance.seconds for utterance in found) < seconds and tries < 4 + seconds / 20:
        tries += 1
        batch = [random.choice(texts) for _ in range(_BATCH if seconds > 60 else 4)]
        found += say_all(table, batch, name, random, phones)
    return found
