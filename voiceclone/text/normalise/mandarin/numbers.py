"""Mandarin numbers as characters."""

from __future__ import annotations

import re

# A number as people type it: 7, 1,234, 2.50
NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_DIGITS = "零一二三四五六七八九"
_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")


def cardinal(number: int) -> str:
    """``1203`` as 一千二百零三. A leading two is 两 before 百, 千, 万 and 亿."""
    if number == 0:
        return _DIGITS[0]
    groups, spoken, gap = _groups(number), "", False
    for power in range(len(groups) - 1, -1, -1):
        value = groups[power]
        if value:
            if spoken and (gap or value < 1000):
                spoken += _DIGITS[0]
            spoken += _four(value) + _GROUPS[power]
        gap = not value
    spoken = re.sub("^一十", "十", spoken)
    return re.sub("^二(?=[百千万亿])", "两", spoken)


def _groups(number: int) -> list[int]:
    """Groups of four digits, the lowest first."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    return groups


def _four(value: int) -> str:
    """A number below ten thousand; zeros inside are 零 once, zeros at the end nothing."""
    digits = [int(digit) for digit in str(value)]
    spoken = "".join(
        _DIGITS[digit] + (_UNITS[len(digits) - 1 - place] if digit else "") for place, digit in enumerate(digits)
    )
    return re.sub("零+", "零", spoken).rstrip("零")


def digits(written: str, one: str = "一") -> str:
    """Digits one by one; ``one`` is 幺 in telephone numbers and the like."""
    return "".join(one if digit == "1" else _DIGITS[int(digit)] for digit in written if digit.isdecimal())


def number(written: str) -> str:
    """Any `NUMBER` in characters; after leading zeros digit by digit."""
    whole, _, fraction = written.replace(",", "").partition(".")
    spoken = digits(whole) if len(whole) > 1 and whole.startswith("0") else cardinal(int(whole))
    return f"{spoken}点{digits(fraction)}" if fraction else spoken


def count(written: str) -> str:
    """A `NUMBER` before a counting word: two is 两."""
    return "两" if written == "2" else number(written)
