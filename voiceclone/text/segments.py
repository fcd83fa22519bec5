"""A normalised sentence cut into what one reader reads at once: Chinese characters, or a clause of another script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from voiceclone.errors import TextError
from voiceclone.text.languages import base
from voiceclone.text.marks import HAN, HAN_STAND_IN, STAND_IN, StandIns
from voiceclone.text.symbols import PAUSE, PUNCTUATION

# These leave the clause they stand in whole; the other marks end it.
_SOFT_MARKS = '"()'
# Cantonese characters espeak-ng reads itself; in these it has no reading for them. Elsewhere they are Mandarin.
_CANTONESE = "yue"
_UNREADABLE_HAN = ("ja", "ko", "hak")
# Languages that are not written in Latin letters. In all others espeak-ng would spell a word of another script letter
# by letter ("Cyrillic em, Cyrillic o"), which nobody wants to hear.
_OTHER_SCRIPTS = frozenset(
    """am ar as ba be bg bn bpy chr cmn cv el fa grc gu hak he hi hy hyw ja ka kaa kk kn ko kok ky mk ml mr my ne nog or
    pa ru sd shn si sr ta te th ti tt ug uk ur uz yue""".split()  # noqa: SIM905
)
_SPOKEN_SIGNS = "'-&%@#*/+=<>~^_\\°·"

_MARKS = re.escape(PUNCTUATION + PAUSE)
_TOKEN = (
    r"(?P<mark>[{marks}])|(?P<han>{han})|(?P<given>[{given}](?:'[sS]\b)?)|(?P<word>(?:(?!{han})[^\s{marks}{given}])+)"
)
_WITH_HAN = re.compile(_TOKEN.format(marks=_MARKS, given=STAND_IN, han=rf"[{HAN}{HAN_STAND_IN}]+"))
_WITHOUT_HAN = re.compile(_TOKEN.format(marks=_MARKS, given=STAND_IN, han="(?!)"))


@dataclass(frozen=True)
class Mark:
    """A punctuation mark that ends a clause, or a pause."""

    text: str
    speaks = False


@dataclass(frozen=True)
class Characters:
    """A run of Chinese characters, and the syllables that are given for some of them, by position."""

    text: str
    given: dict[int, str] = field(default_factory=dict)
    speaks = True


class Item(NamedTuple):
    """A word as ``written`` (empty for a soft mark), and its ``symbols`` where they are already known."""

    written: str
    symbols: str = ""


@dataclass(frozen=True)
class Clause:
    """Words and soft marks between two ends."""

    items: tuple[Item, ...]

    @property
    def speaks(self) -> bool:
        """Whether there is more than marks."""
        return bool(self.text)

    @property
    def text(self) -> str:
        """The words alone."""
        return " ".join(item.written for item in self.items if item.written)


Segment = Mark | Characters | Clause


def segments(text: str, language: str, stand_ins: StandIns) -> Iterator[Segment]:
    """``text`` in reading order.

    Raises `TextError` for what nobody can read aloud: an emoji, letters of a script that ``language`` does not use.
    """
    items: list[Item] = []
    pattern = _WITHOUT_HAN if base(language) == _CANTONESE else _WITH_HAN
    for token in pattern.finditer(text):
        kind, piece = token.lastgroup, token.group()
        if kind == "word":
            _require_readable(piece, base(language))
            items.append(Item(piece))
        elif kind == "given":
            items.append(_given(piece, stand_ins))
        elif piece in _SOFT_MARKS:
            items.append(Item("", piece))
        else:
            if kind == "han" and base(language) in _UNREADABLE_HAN:
                raise TextError(f"no readings for Chinese characters in {language!r}: write {piece!r} as it sounds.")
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
    if piece.lower().endswith("'s"):
        ending = "ɪz" if word.symbols[-1] in "szʃʒ" else "s" if word.symbols[-1] in "ptkfθ" else "z"
    # One word for one: what stands in for several is counted as one too.
    return Item("-".join(word.word.split()) + piece[1:], word.symbols + ending)


def _require_readable(word: str, language: str) -> None:
    for character in word:
        category = unicodedata.category(character)
        name = unicodedata.name(character, "unnamed")
        if category[0] not in "LMN" and category != "Sc" and character not in _SPOKEN_SIGNS:
            raise TextError(_advice(character, f"U+{ord(character):04X}, {name}"))
        foreign = category[0] == "L" and not name.startswith(("LATIN", "MODIFIER", "FEMININE", "MASCULINE"))
        if foreign and len(word) > 1 and language not in _OTHER_SCRIPTS:
            raise TextError(_advice(word, f"{name.split()[0].capitalize()} letters in {language!r}"))


def _advice(what: str, why: str) -> str:
    return f"cannot speak {what!r} ({why}): leave it out, or say how, as in {{{what}|words to read}}."
