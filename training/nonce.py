"""Words that no language has: sequences of sounds that a voice's own language never gives it to say."""

from __future__ import annotations

from random import Random

_ONSETS = "p b m f v t d n s z sh ch jh k g l r y w hh th dh zh p b m f v".split()
_CLUSTERS = "p r|p l|b r|b l|t r|d r|k r|k l|g r|g l|f r|f l|s p|s t|s k|s m|s n|s l|t s|d z|m n|v l|z v|s v|k v|p s".split("|")
_VOWELS = "aa ae ah ao eh ih iy ow uh uw ey ay aw er".split()
_PLAIN = "aa aa eh iy ao uw ey ow".split()
_CODAS = "n m l r s t k p b d g f v z sh ch ng".split()

_LETTERS = ("p b m f v t d n s z sh ch k g l r w h th pr bl st".split(), "a e i o u ee oo ai ou a o i".split())


def phones(random: Random) -> str:
    """ARPAbet phones of one phrase: half of it in open syllables with plain vowels, as Italian or Japanese have them."""
    plain = random.random() < 0.6
    words: list[str] = []
    for _ in range(random.randint(3, 6)):
        for _ in range(random.randint(1, 4)):
            cluster = random.random() < (0.1 if plain else 0.25)
            if random.random() < 0.92:
                words.append(random.choice(_CLUSTERS if cluster else _ONSETS))
            words.append(random.choice(_PLAIN if plain else _VOWELS))
            if random.random() < (0.15 if plain else 0.45):
                words.append(random.choice(_CODAS))
        if random.random() < 0.15:
            words.append("pau")
    return " ".join(["pau", *words, "pau"])


def spelled(random: Random, lines: int) -> list[str]:
    """Lines of invented words in letters."""
    consonants, vowels = _LETTERS
    found = []
    for _ in range(lines):
        words = [
            "".join(random.choice(consonants) + random.choice(vowels) for _ in range(random.randint(1, 4)))
            for _ in range(random.randint(3, 7))
        ]
        found.append(" ".join(words) + ".")
    return found
