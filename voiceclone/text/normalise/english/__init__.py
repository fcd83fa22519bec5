"""English as it is read aloud."""

from __future__ import annotations

import re
from functools import cache

from voiceclone.text.normalise.english import acronyms, dates, identifiers, quantities, words
from voiceclone.text.normalise.english.numbers import NUMBER, number
from voiceclone.text.normalise.rules import Rule, apply, rule


def speak(text: str, british: bool = False) -> str:
    """``text`` with numbers, dates, money, abbreviations and the like in words; no digit is left."""
    return acronyms.spell(apply(_rules(british), text))


@cache
def _rules(british: bool) -> list[Rule]:
    return [
        *identifiers.addresses(),
        *words.abbreviations(),
        *dates.rules(british),
        *identifiers.phones(),
        *words.minus(),
        *quantities.rules(british),
        *identifiers.codes(),
        *dates.years(),
        *words.signs(),
        rule(rf"(?P<letter>[^\W\d_])?(?P<number>{NUMBER})", _apart),
    ]


def _apart(match: re.Match[str]) -> str:
    """A number, parted from a letter that it stands right behind."""
    return f"{match['letter']} {number(match['number'])}" if match["letter"] else number(match["number"])
