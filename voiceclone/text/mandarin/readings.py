"""Mandarin characters to pinyin: one syllable a character, polyphones by phrase, tones as they are spoken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from voiceclone.errors import TextError
from voiceclone.text.mandarin import sandhi, words

NUMERALS = "零〇一二三四五六七八九十百千万亿两几半"
_PRONOUNS = "我你他她它您们谁就还也都总必只非才可又"


def read(characters: str, given: Mapping[int, str] | None = None) -> list[str]:
    """Pinyin with tone digits for a run of Chinese characters, as it is spoken: sandhi done, 儿 merged.

    ``given`` holds syllables that the user fixed, by position: they are spoken as they stand, and their neighbours
    adapt to them. Raises `TextError` naming a character that has no reading.
    """
    given = given or {}
    cut = words.cut(characters)
    syllables = [syllable for word in cut for syllable in _word(word)]
    syllables = _particles(characters, syllables)
    for position, syllable in given.items():
        syllables[position] = syllable
    return sandhi.speak(characters, syllables, cut, frozenset(given))


def _word(word: str) -> list[str]:
    """Dictionary readings of one word; what `readings.txt` says about any part of it goes before pypinyin."""
    syllables = _pypinyin(word)
    if len(syllables) != len(word):
        unread = next(character for character in word if not _pypinyin(character))
        raise TextError(f"no Mandarin reading for {unread!r}: give one, as in {{{unread}|pin1}}.")
    own, start = corrections(), 0
    while start < len(word):
        end = next((end for end in range(len(word), start, -1) if word[start:end] in own), start + 1)
        if word[start:end] in own:
            syllables[start:end] = own[word[start:end]]
        start = end
    return syllables


def _pypinyin(word: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore", tone_sandhi=False)


@cache
def corrections() -> dict[str, tuple[str, ...]]:
    """The words that pypinyin's dictionary reads wrong or without their neutral tone."""
    lines = files("voiceclone.text.mandarin").joinpath("readings.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines if line and not line.startswith("#"))
    return {word: tuple(syllables) for word, *syllables in entries}


def _particles(characters: str, syllables: list[str]) -> list[str]:
    """Single characters that only their neighbours tell apart: 得, 地 and the counting word 只."""
    spoken = list(syllables)
    for index, character in enumerate(characters):
        before = characters[index - 1] if index else ""
        after = characters[index + 1 : index + 2]
        if character == "得" and spoken[index] == "de2":
            spoken[index] = _particle_de(before, after)
        elif character == "地" and index >= 2 and characters[index - 2] == before:
            spoken[index] = "de5"
        elif character == "只" and before and before in NUMERALS + "这那每哪":
            spoken[index] = "zhi1"
    return spoken


def _particle_de(before: str, after: str) -> str:
    if not before or before in _PRONOUNS:
        return "de2" if not after or after in "了到出过奖" else "dei3"
    return "de2" if after and after in "了到出" else "de5"
