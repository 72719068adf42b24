"""espeak-ng through its library: formant synthesis in a hundred languages, with an event for every phone."""

from __future__ import annotations

from random import Random

import numpy as np

from ..corpus import Utterance, at_sample_rate, segment_array
from ..phones import PhoneTable, UnknownPhone
from .espeak_library import Speaker

TRAINED_VARIANTS = (
    "m1 m2 m3 m4 m6 m7 m8 f1 f2 f3 f5 klatt klatt2 klatt4 Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo "
    "Jacky Lee Michael Mr_Serious Nguyen adam anika antonio aunty belinda boris caleb david ed edward gustave john linda "
    "marcelo max Mike pablo paul quincy rob shelby steph travis victor grandma grandpa whisper"
).split()
"""Voices that training may use."""
HELD_OUT_VARIANTS = "m5 f4 klatt3 iven3 Marco steph2 sandro zac".split()
"""Voices kept for evaluation."""
HELD_OUT_LANGUAGES = ("sv", "tr", "hu", "vi")
"""Languages kept for evaluation."""
SPOKEN_AS = {"fr-fr": "fr", "en-gb": "en"}
"""Names that the library refuses together with a variant, and those that it takes."""


class Espeak:
    """The library, started once; `say` speaks one text."""

    def __init__(self, table: PhoneTable) -> None:
        self._table = table
        self._speaker = Speaker()
        self.rate: int = self._speaker.sample_rate

    def say(self, text: str, language: str, variant: str, random: Random) -> Utterance | None:
        """Speaks with random rate and pitch. None if the voice does not exist or left its language in the middle.

        Raises :class:`UnknownPhone`.
        """
        voice = SPOKEN_AS.get(language, language) + (f"+{variant}" if variant else "")
        rate, pitch, pitch_range = random.randint(120, 260), random.randint(15, 85), random.randint(10, 90)
        try:
            pcm, phones = self._speaker.speak(text, voice, rate, pitch, pitch_range, end_pause=True)
        except LookupError:
            return None
        if not pcm:
            return None
        sound = np.frombuffer(pcm, np.int16).astype(np.float32) / 32_768
        spoken: list[tuple[float, float, str]] = []
        for index, (start, end, symbol) in enumerate(phones):
            if symbol.startswith("("):
                # "(en)" marks words of another language, whose phones would get wrong exceptions.
                if index > 1:
                    return None
                symbol = ""
            spoken.append((start / self.rate, end / self.rate, symbol))
        segments = segment_array(self._table.segments(spoken, "ipa", language.split("-")[0]))
        if len(segments) < 5:
            return None
        return Utterance(at_sample_rate(sound, self.rate), segments, f"espeak:{language}:{variant}")


def speech(
    table: PhoneTable,
    texts: dict[str, list[str]],
    weights: dict[str, float],
    variants: list[str],
    seconds: float,
    random: Random,
    longest: float = 16,
) -> tuple[list[Utterance], dict[str, int]]:
    """Speech of many languages and variants; and how often each thing that was refused occurred."""
    espeak = Espeak(table)
    languages = [language for language in weights if texts.get(language)]
    shares = [weights[language] for language in languages]
    found: list[Utterance] = []
    refused: dict[str, int] = {}
    total = 0.0
    attempts = 0
    while total < seconds and attempts < 200 + seconds:
        attempts += 1
        language = random.choices(languages, shares)[0]
        text = random.choice(texts[language])
        if random.random() < 0.4:
            text += " " + random.choice(texts[language])
        variant = random.choice(variants)
        try:
            utterance = espeak.say(text, language, variant, random)
            reason = f"{language}+{variant} refused"
        except UnknownPhone as error:
            utterance, reason = None, f"{language}: {error}"
        if utterance is None:
            refused[reason] = refused.get(reason, 0) + 1
            continue
        if not 0.5 < utterance.seconds < longest:
            continue
        found.append(utterance)
        total += utterance.seconds
    return found, refused
