"""How Mandarin tones change among their neighbours, and how 儿 melts into the syllable before it.

不 and 一 follow the grammar of Chao (A Grammar of Spoken Chinese, 1968). A third tone before a third becomes a second,
first inside words, then inside feet of two, then between feet: the cyclic account of Shih (The Prosodic Domain of Tone
Sandhi in Chinese, 1986), which is also how AISHELL-3 was labelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from voiceclone.text.mandarin import words as dictionary

_DIGITS = "零〇一二三四五六七八九"
_UNITS = "十百千万亿"
# After and before these 儿 is a syllable of its own; everywhere else behind a character it is a suffix.
_CHILD_AFTER = frozenset("女婴幼孤健胎男宠血少小患产弃妻孙育托潮馨能寡乞吊拖无鬻痴鸠我")
_CHILD_BEFORE = frozenset("子童女歌科戏孙媳时")


def speak(characters: str, syllables: Sequence[str], words: Sequence[str], given: frozenset[int]) -> list[str]:
    """Dictionary ``syllables``, one per character, as they sound in a row.

    Positions in ``given`` keep their syllable. The result is shorter than ``characters`` by the 儿 that merged.
    """
    spoken, ends = list(syllables), _word_ends(words)
    for index, character in enumerate(characters):
        if index in given:
            continue
        if character == "不" and spoken[index] != "bu5":
            spoken[index] = _not(characters, spoken, index)
        elif character == "一":
            spoken[index] = _one(characters, spoken, index, ends)
    spoken, kept = _merge_er(characters, spoken, given)
    feet = _feet(_spans(kept, ends), [characters[i] for i in kept])
    return _third_tones(spoken, feet, {new for new, old in enumerate(kept) if old in given})


def _not(characters: str, spoken: Sequence[str], index: int) -> str:
    after = characters[index + 1 : index + 2]
    if index and after != "不" and characters[index - 1] == after:
        return "bu5"  # 好不好
    return "bu2" if after and spoken[index + 1][-1] == "4" else "bu4"


def _one(characters: str, spoken: Sequence[str], index: int, ends: set[int]) -> str:
    around = (characters[i : i + 1] if i >= 0 else "" for i in (index - 2, index - 1, index + 1, index + 2))
    earlier, before, after, later = around
    if before and before == after and before not in _DIGITS + _UNITS and earlier != "一":
        return "yi5"  # 看一看, but not 一个一个
    counted = bool(before) and before in _DIGITS + _UNITS + "第初点负"
    spelt_out = bool(after) and (after in _DIGITS + "月号日楼" or (after == "点" and bool(later) and later in _DIGITS))
    ends_word = index in ends and index > 0 and index - 1 not in ends  # 统一, 万一, 星期一
    if not after or counted or spelt_out or ends_word:
        return "yi1"
    # 一个: 个 has lost its fourth tone, but not its effect.
    return "yi2" if spoken[index + 1][-1] == "4" or after == "个" else "yi4"


def _word_ends(words: Iterable[str]) -> set[int]:
    """Positions of the last character of every word."""
    ends, position = set(), 0
    for word in words:
        position += len(word)
        ends.add(position - 1)
    return ends


def _merge_er(characters: str, spoken: Sequence[str], given: frozenset[int]) -> tuple[list[str], list[int]]:
    """Syllables with suffixed 儿 merged into them, and the position in ``characters`` that each came from."""
    merged: list[str] = []
    kept: list[int] = []
    for index, (character, syllable) in enumerate(zip(characters, spoken, strict=True)):
        before, after = characters[index - 1 : index] if index else "", characters[index + 1 : index + 2]
        suffix = character == "儿" and index not in given and before and before not in _CHILD_AFTER
        if suffix and (not after or after not in _CHILD_BEFORE) and not merged[-1][:-1].endswith("r"):
            merged[-1] = f"{merged[-1][:-1]}r{merged[-1][-1]}"
        else:
            merged.append(syllable)
            kept.append(index)
    return merged, kept


def _spans(kept: Sequence[int], ends: set[int]) -> list[list[int]]:
    """Words as lists of positions in the merged row."""
    spans: list[list[int]] = [[]]
    for new, old in enumerate(kept):
        spans[-1].append(new)
        following = kept[new + 1] if new + 1 < len(kept) else old + 1
        if any(position in ends for position in range(old, following)):
            spans.append([])
    return [span for span in spans if span]


def _feet(spans: Sequence[list[int]], characters: Sequence[str]) -> list[list[list[int]]]:
    """Rounds of groups, inner ones first: halves of long words, words, then single characters paired from the left."""
    halves = [half for span in spans for half in _halves(span, characters)]
    pairs: list[list[int]] = []
    for span in spans:
        if len(span) == 1 and pairs and len(pairs[-1]) == 1 and pairs[-1][0] == span[0] - 1:
            pairs[-1] = pairs[-1] + span
        else:
            pairs.append(list(span))
    everything = [[position for span in spans for position in span]]
    return [halves, list(spans), pairs, everything]


def _halves(span: list[int], characters: Sequence[str]) -> list[list[int]]:
    """展览|馆 but 纸|老虎: a word of three is cut where the dictionary has a word of two, one of four in the middle."""
    if len(span) < 3:
        return [span]
    text = [characters[position] for position in span]
    at = 1 if len(span) == 3 and dictionary.is_word("".join(text[1:])) and not _is_pair(text) else 2
    return [span[:at], *_halves(span[at:], characters)]


def _is_pair(text: Sequence[str]) -> bool:
    return dictionary.is_word("".join(text[:2])) and not dictionary.commoner("".join(text[1:]), "".join(text[:2]))


def _third_tones(spoken: Sequence[str], rounds: Sequence[Sequence[Sequence[int]]], given: set[int]) -> list[str]:
    changed = list(spoken)
    for groups in rounds:
        for group in groups:
            for left, right in pairwise(group):
                if left not in given and changed[left][-1] == changed[right][-1] == "3":
                    changed[left] = changed[left][:-1] + "2"
    return changed
