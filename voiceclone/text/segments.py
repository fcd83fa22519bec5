"""A normalised sentence cut into what one reader reads at once: Chinese characters, or a clause of another script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from voiceclone.errors import TextError
from voiceclone.text.marks import HAN, HAN_STAND_IN, STAND_IN, StandIns
from voiceclone.text.symbols import PAUSE, PUNCTUATION

# These leave the clause they stand in whole; the other marks end it.
_SOFT_MARKS = '"()'
# Languages other than Mandarin that are written with Chinese characters: espeak-ng reads them itself.
_OWN_HAN = ("ja", "yue", "hak", "ko")
_SPOKEN_SIGNS = "'-&%@#*/+=<>~^_\\°"

_MARKS = re.escape(PUNCTUATION + PAUSE)
_TOKEN = r"(?P<mark>[{marks}])|(?P<han>{han})|(?P<given>[{given}](?:'s\b)?)|(?P<word>(?:(?!{han})[^\s{marks}{given}])+)"
_WITH_HAN = re.compile(_TOKEN.format(marks=_MARKS, given=STAND_IN, han=rf"[{HAN}{HAN_STAND_IN}]+"))
_WITHOUT_HAN = re.compile(_TOKEN.format(marks=_MARKS, given=STAND_IN, han="(?!)"))


@dataclass(frozen=True)
class Mark:
    """A punctuation mark that ends a clause, or a pause."""

    text: str


@dataclass(frozen=True)
class Characters:
    """A run of Chinese characters, and the syllables that are given for some of them, by position."""

    text: str
    given: dict[int, str] = field(default_factory=dict)


class Item(NamedTuple):
    """A word as ``written`` (empty for a soft mark), and its ``symbols`` where they are already known."""

    written: str
    symbols: str = ""


@dataclass(frozen=True)
class Clause:
    """Words and soft marks between two ends."""

    items: tuple[Item, ...]


Segment = Mark | Characters | Clause


def segments(text: str, language: str, stand_ins: StandIns) -> Iterator[Segment]:
    """``text`` in reading order. Raises `TextError` for a character that nobody can read aloud, such as an emoji."""
    items: list[Item] = []
    pattern = _WITHOUT_HAN if language.split("-")[0] in _OWN_HAN else _WITH_HAN
    for token in pattern.finditer(text):
        kind, piece = token.lastgroup, token.group()
        if kind == "word":
            _require_readable(piece, text)
            items.append(Item(piece))
        elif kind == "given":
            items.append(_given(piece, stand_ins))
        elif piece in _SOFT_MARKS:
            items.append(Item("", piece))
        else:
            if items:
                yield Clause(tuple(items))
                items = []
            yield Mark(piece) if kind == "mark" else _characters(piece, stand_ins)
    if items:
        yield Clause(tuple(items))


def _characters(run: str, stand_ins: StandIns) -> Characters:
    given = {index: stand_ins[c].pinyin[0] for index, c in enumerate(run) if c in stand_ins}
    return Characters("".join(stand_ins[c].word if c in stand_ins else c for c in run), given)


def _given(piece: str, stand_ins: StandIns) -> Item:
    """A word whose symbols are given; an 's behind it takes the sound that English gives it there."""
    word = stand_ins[piece[0]]
    ending = ""
    if piece.endswith("'s"):
        ending = "ɪz" if word.symbols[-1] in "szʃʒ" else "s" if word.symbols[-1] in "ptkfθ" else "z"
    # One word for one: what stands in for several is counted as one too.
    return Item("-".join(word.word.split()) + piece[1:], word.symbols + ending)


def _require_readable(word: str, sentence: str) -> None:
    for character in word:
        category = unicodedata.category(character)
        if category[0] not in "LMN" and category != "Sc" and character not in _SPOKEN_SIGNS:
            name = unicodedata.name(character, "unnamed")
            raise TextError(
                f"cannot speak {character!r} (U+{ord(character):04X}, {name}) in {sentence!r}: "
                f"leave it out, or say how, as in {{{character}|words to read}}."
            )
