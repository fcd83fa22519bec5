"""Pronunciations that the writer of a text gives: marks on single words, and stand-ins that carry them along.

``{word|pronunciation}`` marks one word (or several) inside a text, ``{pause}`` a pause. A pronunciation is

* pinyin with tones, ``{行|hang2}`` or ``{银行|yin2 hang2}``: spoken exactly so, the neighbours' tones adapt to it,
* IPA between slashes, ``{Siobhan|/ʃɪvˈɔːn/}``, in the letters of the symbol table,
* or anything else: another spelling that is read instead, ``{Nguyen|win}``.

A lexicon (`voiceclone.text.lexicon`) says the same for every occurrence of a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voiceclone.errors import TextError
from voiceclone.text import symbols
from voiceclone.text.espeak import tidy
from voiceclone.text.mandarin import syllables

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Stand-ins are private-use characters: every rule for letters, digits and spaces leaves them alone.
_FIRST_HAN, _FIRST_OTHER, _LAST = 0xE000, 0xEC00, 0xF8FF
HAN_STAND_IN, STAND_IN = "\ue000-\uebff", "\uec00-\uf8ff"

_MARK = re.compile(r"\{\s*([^{}|]+?)\s*\|\s*([^{}|]+?)\s*\}")
_PAUSE = re.compile(r"\{\s*pause\s*\}", re.IGNORECASE)
_IPA = re.compile(r"/([^/]+)/")
_ALL_HAN = re.compile(f"[{HAN}]+")


@dataclass(frozen=True)
class Given:
    """A word whose pronunciation is given: ``pinyin`` syllables, or the ``symbols`` themselves."""

    word: str
    pinyin: tuple[str, ...] = ()
    symbols: str = ""

    @property
    def by_character(self) -> bool:
        """Whether it is Chinese characters with a syllable each, which sandhi around them can take into account."""
        return bool(_ALL_HAN.fullmatch(self.word)) and len(self.pinyin) == len(self.word)


class StandIns:
    """Hands out one private character per given word, or per Chinese character of it, and knows what each means."""

    def __init__(self) -> None:
        self._meanings: dict[str, Given] = {}
        self._counts = {_FIRST_HAN: 0, _FIRST_OTHER: 0}

    def add(self, given: Given) -> str:
        """The characters that stand for ``given`` in the text from here on."""
        if not given.by_character:
            return self._new(_FIRST_OTHER, _LAST, given)
        pairs = zip(given.word, given.pinyin, strict=True)
        return "".join(self._new(_FIRST_HAN, _FIRST_OTHER - 1, Given(word, (pinyin,))) for word, pinyin in pairs)

    def __getitem__(self, stand_in: str) -> Given:
        return self._meanings[stand_in]

    def __contains__(self, character: object) -> bool:
        return character in self._meanings

    def _new(self, first: int, last: int, given: Given) -> str:
        code = first + self._counts[first]
        if code > last:
            raise TextError(f"more than {last - first} words with a given pronunciation in one text: split it.")
        self._counts[first] += 1
        self._meanings[chr(code)] = given
        return chr(code)


def pronunciation(word: str, written: str) -> Given | str:
    """What ``written`` says about ``word``: a `Given`, or the other spelling to read.

    Raises `TextError` for IPA that the symbol table does not have.
    """
    if ipa := _IPA.fullmatch(written):
        spoken = tidy(ipa.group(1))
        symbols.default_table().encode(spoken)
        return Given(word, symbols=spoken)
    # Letters with accents are pinyin only over Chinese characters: née is no syllable nee with a tone.
    if _ALL_HAN.fullmatch(word) or re.fullmatch(r"(?:[^\W\d_]+[1-5]\s*)+", written):
        pinyin = tuple(_pinyin(written))
        if pinyin:
            return Given(word, pinyin, "".join(map(syllables.symbols, pinyin)))
    return written


def resolve(text: str, stand_ins: StandIns) -> Iterator[str]:
    """Pieces of ``text``: plain ones at even places, what marks became at odd places.

    Raises `TextError` for a brace that belongs to no mark, and for private-use characters in the text.
    """
    if taken := re.search(f"[{HAN_STAND_IN}{STAND_IN}]", text):
        raise TextError(f"cannot speak {taken.group()!r} (U+{ord(taken.group()):04X}, private use): leave it out.")
    end = 0
    text = _PAUSE.sub(symbols.PAUSE, text)
    for mark in _MARK.finditer(text):
        yield _plain(text[end : mark.start()])
        said = pronunciation(mark.group(1), mark.group(2))
        yield stand_ins.add(said) if isinstance(said, Given) else said
        end = mark.end()
    yield _plain(text[end:])


def _plain(text: str) -> str:
    if brace := re.search(r"[{}]", text):
        near = text[max(0, brace.start() - 20) : brace.start() + 20]
        raise TextError(f"a brace that marks no word in {near!r}: write {{word|pronunciation}} or {{pause}}.")
    return text


def _pinyin(written: str) -> list[str]:
    """The syllables of ``written`` with tone digits, or none if it is not pinyin throughout."""
    try:
        spelt = [syllables.spelling(syllable) for syllable in re.findall(r"[^\s\d']+\d?", written)]
        for syllable in spelt:
            syllables.symbols(syllable)
    except TextError:
        return []
    return spelt
