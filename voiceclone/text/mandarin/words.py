"""Where one Mandarin word ends and the next begins."""

from __future__ import annotations

import logging
import warnings
from functools import cache
from typing import Any

_LONGEST_MERGE = 4


def cut(characters: str) -> list[str]:
    """The words of a run of characters.

    jieba finds the words; neighbours that pypinyin knows as one phrase are joined, since the phrase settles how its
    characters are read: jieba parts 还 from 钱, the phrase 还钱 tells huán from hái. A phrase never cuts a word in two,
    so 人行道上|行走 keeps its xíng although 上行 is a phrase too.
    """
    from pypinyin.constants import PHRASES_DICT

    words, joined, index = _jieba().lcut(characters), [], 0
    while index < len(words):
        for count in range(min(_LONGEST_MERGE, len(words) - index), 0, -1):
            phrase = "".join(words[index : index + count])
            if count == 1 or phrase in PHRASES_DICT:
                break
        joined.append(phrase)
        index += count
    return joined


def is_word(characters: str) -> bool:
    """Whether ``characters`` are in the dictionary as one word."""
    return _jieba().dt.FREQ.get(characters, 0) > 0


def commoner(word: str, other: str) -> bool:
    """Whether ``word`` is more frequent than ``other``."""
    frequencies = _jieba().dt.FREQ
    return frequencies.get(word, 0) > frequencies.get(other, 0)


@cache
def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba still asks for pkg_resources, and has old escapes in its patterns
        import jieba
    jieba.setLogLevel(logging.ERROR)
    jieba.initialize()
    return jieba
