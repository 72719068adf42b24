"""Phones, their classes and what they look like.

The one table behind everything is `models/speech-motion/phones.json`, which the product's text-known path reads too.
This module reads symbols of a synthesiser as classes and blends the targets of classes into curves (dominance functions
after Cohen and Massaro, 1993). `sil`, the first class, is silence.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

TABLE = Path(__file__).resolve().parent.parent / "models" / "speech-motion" / "phones.json"
LABEL_RATE = 50
"""Label frames per second: frame k belongs to the moment k / 50 s."""


class UnknownPhone(ValueError):
    """A synthesiser gave a symbol that the table does not know."""


@dataclass(frozen=True)
class Segment:
    """One phone: from `start` to `end` (seconds), a class number of :class:`PhoneTable`."""

    start: float
    end: float
    phone: int


class PhoneTable:
    """Classes, targets and symbol sets as `phones.json` defines them."""

    def __init__(self, path: Path = TABLE) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self.visemes: list[str] = document["visemes"]
        self.margin: float = document["blend"]["margin"]
        self._classes: dict[str, dict] = document["classes"]
        self._sets: dict[str, dict] = document["sets"]
        self.names: list[str] = list(self._classes)
        self.number: dict[str, int] = {name: index for index, name in enumerate(self.names)}

    def _column(self, key: str) -> np.ndarray:
        return np.array([entry[key] for entry in self._classes.values()], np.float64)

    @cached_property
    def viseme(self) -> np.ndarray:
        """Viseme number of each class."""
        return np.array([self.visemes.index(entry["viseme"]) for entry in self._classes.values()])

    @cached_property
    def targets(self) -> np.ndarray:
        """Aperture, width and rounding of each class, `[class, 3]`."""
        return np.stack([self._column(key) for key in ("aperture", "width", "rounding")], 1)

    @cached_property
    def strength(self) -> np.ndarray:
        """How strongly each class claims the mouth."""
        return self._column("strength")

    @cached_property
    def rate(self) -> np.ndarray:
        """How fast each class's claim falls with time, per second."""
        return self._column("rate")

    @cached_property
    def is_vowel(self) -> np.ndarray:
        """Whether each class is a vowel."""
        return np.array([entry["kind"] == "vowel" for entry in self._classes.values()])

    def read(self, symbol: str, alphabet: str, language: str = "") -> list[int]:
        """Classes that a symbol stands for, in the order of speaking; each takes an equal share of its time.

        An empty list means that the symbol is only a mark (of length, say) and lengthens the phone before it.
        Raises :class:`UnknownPhone`.
        """
        rules = self._sets[alphabet]
        symbols: dict[str, str] = {**rules["symbols"], **rules.get("exceptions", {}).get(language, {})}
        if rules["normal"] == "NFD":
            symbol = unicodedata.normalize("NFD", symbol)
        elif rules["normal"] == "upper":
            symbol = symbol.upper()
        if rules["reading"] == "whole":
            for form in (symbol, symbol.strip(rules["ignored"]) or symbol):
                if form in symbols:
                    return self._numbers(symbols[form])
            raise UnknownPhone(f'"{symbol}" is no phone of the set {alphabet}')
        if not symbol.strip():
            return [self.number["sil"]]
        found: list[int] = []
        at = 0
        while at < len(symbol):
            for length in range(min(6, len(symbol) - at), 0, -1):
                piece = symbol[at : at + length]
                if piece in symbols:
                    found += self._numbers(symbols[piece])
                    at += length
                    break
            else:
                if symbol[at] not in rules["ignored"] and not unicodedata.combining(symbol[at]):
                    raise UnknownPhone(f'"{symbol}" is no phone of the set {alphabet}')
                at += 1
        return found

    def _numbers(self, names: str) -> list[int]:
        return [self.number[name] for name in names.split()]

    def segments(
        self, phones: list[tuple[float, float, str]], alphabet: str, language: str = ""
    ) -> list[Segment]:
        """Turns `(start, end, symbol)` of a synthesiser into segments of classes, in the order of time."""
        found: list[Segment] = []
        for start, end, symbol in phones:
            if end <= start:
                continue
            classes = self.read(symbol, alphabet, language)
            if not classes:
                if found:
                    found[-1] = Segment(found[-1].start, end, found[-1].phone)
                continue
            share = (end - start) / len(classes)
            for index, phone in enumerate(classes):
                found.append(Segment(start + index * share, start + (index + 1) * share, phone))
        return found

    def curves(self, segments: np.ndarray, frames: int) -> np.ndarray:
        """Aperture, width and rounding over time, `[frames, 3]`, frame k at k / 50 s.

        `segments` is `[n, 3]`: start and end in seconds, class.
        """
        curves = np.empty((frames, 3), np.float32)
        phone = segments[:, 2].astype(int)
        margin = np.minimum((segments[:, 1] - segments[:, 0]) / 4, self.margin)
        core = np.stack([segments[:, 0] + margin, segments[:, 1] - margin])
        # Phones farther away than this have no say; blocks keep the matrix of weights small.
        reach, block = 1.0, 500
        for begin in range(0, frames, block):
            time = np.arange(begin, min(frames, begin + block)) / LABEL_RATE
            first, last = np.searchsorted(segments[:, 1], time[0] - reach), np.searchsorted(
                segments[:, 0], time[-1] + reach
            )
            first, last = min(first, len(segments) - 1), max(last, first + 1)
            near = slice(first, last)
            away = np.maximum(core[0, near] - time[:, None], time[:, None] - core[1, near])
            weight = self.strength[phone[near]] * np.exp(-self.rate[phone[near]] * np.maximum(0, away))
            curves[begin : begin + len(time)] = (weight @ self.targets[phone[near]]) / (
                weight.sum(1, keepdims=True) + 1e-12
            )
        return curves

    def classes(self, segments: np.ndarray, frames: int) -> np.ndarray:
        """The class that is spoken at each frame; silence before, between and after the segments."""
        time = np.arange(frames) / LABEL_RATE
        at = np.searchsorted(segments[:, 1], time, side="right")
        inside = at < len(segments)
        at = np.minimum(at, len(segments) - 1)
        inside &= segments[at, 0] <= time
        return np.where(inside, segments[at, 2].astype(int), self.number["sil"])
