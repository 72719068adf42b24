"""First stage: makes all speech and music into files of a folder; what is already there is kept."""

from __future__ import annotations

from pathlib import Path
from random import Random
from shutil import which

import numpy as np

from . import music, nonce
from .corpus import SAMPLE_RATE, Utterance, load_corpus, save_corpus
from .phones import PhoneTable
from .revoice import Character, random_character, revoice, sing
from .settings import CorpusSettings
from .synthesisers import espeak, festival, flite, open_jtalk
from .texts import LANGUAGE_WEIGHTS, load_texts

_LOW_VOICES = ("rms", "kal", "ru")
_JAPANESE_TIMES = 4
"""The only recorded voice with the plain vowels and stops of most languages is heard from that many more speakers."""
_SPEAKERS = 3
"""Other speakers that one analysis of an utterance serves."""


def _recorded(
    table: PhoneTable, texts: dict[str, list[str]], voice: str, seconds: float, random: Random
) -> list[Utterance]:
    if voice in festival.VOICES:
        if not which("festival"):
            return []
        language = festival.VOICES[voice].language
        lines = texts[language]
        if language == "en":
            lines = lines + nonce.spelled(random, len(lines) // 4)
        return festival.speech(table, lines, voice, seconds, random)
    return flite.speech(table, texts["en"], voice, seconds, random) if which("flite") else []


def _changed(
    table: PhoneTable, utterances: list[Utterance], times: float, sung_seconds: float, random: Random
) -> tuple[list[Utterance], list[Utterance]]:
    revoiced: list[Utterance] = []
    for utterance in utterances:
        low = utterance.voice.split(":")[2] in _LOW_VOICES
        # Taking sound apart costs more than putting it together: three speakers out of every third utterance.
        if random.random() < times / _SPEAKERS:
            count = _SPEAKERS
            revoiced += revoice(utterance, [random_character(random, low) for _ in range(count)])
    sung: list[Utterance] = []
    while utterances and sum(u.seconds for u in sung) < sung_seconds:
        utterance = random.choice(utterances)
        low = utterance.voice.split(":")[2] in _LOW_VOICES
        sung.append(sing(utterance, table, random_character(random, low), random))
    return revoiced, sung


def make_corpus(folder: Path, settings: CorpusSettings, log=print) -> None:
    """Writes `train-*.npz`, `held-*.npz` and `music-*.npy` into `folder`.

    Synthesisers that are not installed are named and left out.
    """
    table = PhoneTable()
    texts = load_texts(folder, Random(0))

    def make(name: str, seed: int, work) -> None:
        path = folder / f"{name}.npz"
        if path.exists():
            return
        utterances = work(Random(seed))
        if not utterances:
            log(f"{name}: missing (its synthesiser is not installed)")
            return
        save_corpus(path, utterances)
        log(f"{name}: {sum(u.seconds for u in utterances) / 60:.1f} min, {len(utterances)} utterances")

    def trained_espeak(random: Random) -> list[Utterance]:
        found, refused = espeak.speech(
            table, texts, LANGUAGE_WEIGHTS, espeak.TRAINED_VARIANTS, settings.espeak * 60, random
        )
        for reason, count in sorted(refused.items(), key=lambda item: -item[1])[:20]:
            log(f"espeak: {count} x {reason}")
        return found

    make("train-espeak", 10, trained_espeak)
    for index, (voice, minutes) in enumerate(settings.human.items()):
        make(f"train-human-{voice}", 20 + index, lambda r, v=voice, m=minutes: _recorded(table, texts, v, m * 60, r))
    if which("flite"):
        for index, (voice, minutes) in enumerate(settings.nonce.items()):
            make(
                f"train-nonce-{voice}",
                30 + index,
                lambda r, v=voice, m=minutes: flite.speech(
                    table, [nonce.phones(r) for _ in range(int(m * 30) + 20)], v, m * 60, r, phones=True
                ),
            )
    if settings.japanese:
        make("train-japanese-mei", 50, lambda r: open_jtalk.speech(table, texts["ja-kanji"], folder, settings.japanese * 60, r))
    if which("fluidsynth"):
        for index, kind in enumerate(("played", "treated")):
            path = folder / f"music-{kind}.npy"
            if not path.exists():
                random = Random(60 + index)
                pieces = [music.piece(random, 30, kind) for _ in range(max(2, int(settings.music)))]
                sound = np.concatenate(pieces)
                np.save(path, (np.clip(sound, -1, 1) * 32_767).astype(np.int16))
                log(f"music, {kind}: {len(sound) / SAMPLE_RATE / 60:.1f} min")

    held_languages = {**{language: 1.0 for language in espeak.HELD_OUT_LANGUAGES}, "en-us": 2.0, "de": 1.0, "fr-fr": 1.0}
    make(
        "held-espeak",
        70,
        lambda r: espeak.speech(table, texts, held_languages, espeak.HELD_OUT_VARIANTS, settings.held_out * 60, r)[0],
    )
    for index, voice in enumerate((*flite.HELD_OUT_VOICES, *festival.HELD_OUT_VOICES)):
        make(
            f"held-human-{voice}",
            80 + index,
            lambda r, v=voice: _recorded(table, texts, v, settings.held_out * 60, r),
        )
    spoken = folder / "held-human-awb.npz"
    if spoken.exists():
        make(
            "held-sung-awb",
            90,
            lambda r: [sing(u, table, Character(), r) for u in list(load_corpus(spoken))[: max(1, int(settings.held_out * 3))]],
        )
    recorded = [path for kind in ("human", "nonce", "japanese") for path in sorted(folder.glob(f"train-{kind}-*.npz"))]
    for index, path in enumerate(recorded):
        name = path.stem.removeprefix("train-")
        if (folder / f"train-revoiced-{name}.npz").exists():
            continue
        utterances = list(load_corpus(path))
        minutes = sum((*settings.human.values(), *settings.nonce.values(), settings.japanese))
        share = sum(u.seconds for u in utterances) / 60 / minutes
        random = Random(40 + index)
        times = settings.revoiced * (_JAPANESE_TIMES if name.startswith("japanese") else 1)
        revoiced, sung = _changed(table, utterances, times, settings.sung * share * 60, random)
        if sung:
            save_corpus(folder / f"train-sung-{name}.npz", sung)
        if revoiced:
            save_corpus(folder / f"train-revoiced-{name}.npz", revoiced)
        log(f"{name}: revoiced {len(revoiced)}, sung {len(sung)}")
