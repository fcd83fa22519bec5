"""English as it is read aloud."""

from __future__ import annotations

import re
from functools import cache

from voiceclone.text.normalise.english import acronyms, dates, identifiers, quantities, words
from voiceclone.text.normalise.english.numbers import NUMBER, digits, number
from voiceclone.text.normalise.rules import Rule, apply, rule

_NUMERIC = re.compile(rf"[\d{''.join(quantities.FRACTIONS)}]")


def speak(text: str, british: bool = False) -> str:
    """``text`` with numbers, dates, money, abbreviations and the like in words; no digit is left."""
    text = apply(_words(), text)
    if _NUMERIC.search(text):
        text = apply(_numbers(british), text)
    return acronyms.spell(apply(_signs(), text))


@cache
def _words() -> list[Rule]:
    return [*identifiers.addresses(), *dates.weekdays(), *words.abbreviations()]


@cache
def _numbers(british: bool) -> list[Rule]:
    return [
        # Nobody counts that far; and no other rule should have to look so far ahead.
        rule(r"\d{16,}", lambda match: digits(match.group())),
        *dates.rules(british),
        *identifiers.phones(),
        *words.minus(),
        *quantities.rules(british),
        *identifiers.codes(),
        *dates.years(),
        rule(r"(?<=\d)\s?/\s?(?=\d)", " divided by "),
        rule(rf"(?P<letter>[^\W\d_])?(?P<number>{NUMBER})", _apart),
    ]


@cache
def _signs() -> list[Rule]:
    return words.signs()


def _apart(match: re.Match[str]) -> str:
    """A number, parted from a letter that it stands right behind."""
    return f"{match['letter']} {number(match['number'])}" if match["letter"] else number(match["number"])
