"""The words of a long recording, shared out over the pieces it was cut into."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import accumulate

# A Chinese character with the marks that follow it, or a word with its own.
_UNIT = re.compile(r"[\u4e00-\u9fff][^\w\s]*|[^\s\u4e00-\u9fff]+")
_STOP = re.compile(r"[.!?;:,。！？；：，、]\W*$")
# How far from its place by the clock a cut may move to fall on a punctuation mark, in units.
_REACH = 4


def divide(text: str, seconds: Sequence[float], heard: Sequence[str] | None = None) -> list[str]:
    """``text`` as one part for each piece, in their order; ``seconds`` are the pieces' durations.

    ``heard``, what a recogniser wrote down of each piece, tells where the cuts are even if it misheard much: its words
    are matched with the text's. Without it the cuts lie where the clock puts them, on a mark if one is near.
    """
    units = _UNIT.findall(text)
    owners = _by_clock(units, seconds) if heard is None else _by_ear(units, heard)
    parts: list[list[str]] = [[] for _ in seconds]
    for unit, owner in zip(units, owners, strict=True):
        parts[owner].append(unit)
    return [_joined(part) for part in parts]


def _by_clock(units: Sequence[str], seconds: Sequence[float]) -> list[int]:
    owners, begin, total = [0] * len(units), 0, sum(seconds)
    weights = list(accumulate(len(unit) for unit in units))
    for piece, end in enumerate(accumulate(seconds)):
        wanted = weights[-1] * end / total if weights else 0
        place = sum(weight <= wanted + 1e-6 for weight in weights)
        last = len(seconds) - 1 == piece
        stop = len(units) if last else max(begin, _near_a_stop(units, place))
        owners[begin:stop] = [piece] * (stop - begin)
        begin = stop
    return owners


def _near_a_stop(units: Sequence[str], place: int) -> int:
    """The cut before unit ``place``, moved behind the nearest punctuation mark within reach."""
    near = [cut for cut in range(max(1, place - _REACH), min(len(units), place + _REACH) + 1) if _ends(units[cut - 1])]
    return min(near, key=lambda cut: abs(cut - place), default=place)


def _by_ear(units: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Units that were heard belong where they were; those between two of them are parted at a mark or in the middle."""
    words = [(_plain(word), piece) for piece, said in enumerate(heard) for word in _UNIT.findall(said)]
    matcher = SequenceMatcher(None, [_plain(unit) for unit in units], [word for word, _ in words], autojunk=False)
    owners: list[int | None] = [None] * len(units)
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            owners[block.a + offset] = words[block.b + offset][1]
    return _filled(units, owners, len(heard) - 1)


def _filled(units: Sequence[str], owners: Sequence[int | None], last: int) -> list[int]:
    filled, begin = list[int](), 0
    while begin < len(units):
        if (owner := owners[begin]) is not None:
            filled.append(owner)
            begin += 1
            continue
        end = next((i for i in range(begin, len(units)) if owners[i] is not None), len(units))
        before, after = filled[-1] if filled else 0, last if end == len(units) else owners[end]
        assert after is not None
        cuts = [i + 1 for i in range(max(0, begin - 1), end) if _ends(units[i])]
        cut = min(cuts, key=lambda i: abs(i - (begin + end) / 2), default=(begin + end) // 2)
        filled += [before if i < cut or before == after else after for i in range(begin, end)]
        begin = end
    return filled


def _ends(unit: str) -> bool:
    return _STOP.search(unit) is not None


def _plain(unit: str) -> str:
    return re.sub(r"[^\w']", "", unit.lower())


def _joined(units: Sequence[str]) -> str:
    text = " ".join(units)
    return re.sub(r"(?<=[\u4e00-\u9fff，。！？；：、]) (?=[\u4e00-\u9fff])", "", text)
