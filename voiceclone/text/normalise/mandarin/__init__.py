"""Mandarin as it is read aloud.

These rules are the project's own: of the 200 written forms they were tried against, the grammars of WeTextProcessing
read one in six wrong (2月2日 as 二月两日, ￥100万 as 十元零万, 10%-20% as 百分之十百分之负二十).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from voiceclone.text.normalise.english import acronyms
from voiceclone.text.normalise.mandarin import amounts, dates, identifiers, signs
from voiceclone.text.normalise.mandarin.numbers import NUMBER, number
from voiceclone.text.normalise.rules import Rule, apply, rule

_NUMERIC = re.compile(rf"[\d{''.join(amounts.FRACTIONS)}]")


def speak(text: str) -> str:
    """``text`` with everything in characters that is read in Mandarin; Latin words stay, no digit is left.

    Traditional characters become simplified ones, which the dictionaries of words and readings know.
    """
    text = apply(_addresses(), text.translate(_simplified()))
    if _NUMERIC.search(text):
        text = apply(_numbers(), text)
    return acronyms.spell(apply(_signs(), text))


@cache
def _addresses() -> list[Rule]:
    return identifiers.addresses()


@cache
def _numbers() -> list[Rule]:
    return [
        *identifiers.numbers(),
        *dates.rules(),
        *amounts.rules(),
        *signs.arithmetic(),
        *identifiers.codes(),
        rule(NUMBER, lambda match: number(match.group())),
    ]


@cache
def _signs() -> list[Rule]:
    return signs.rules()


@cache
def _simplified() -> dict[int, int]:
    lines = files(__package__).joinpath("traditional.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if not line.startswith("#")]
    return str.maketrans("".join(rows[::2]), "".join(rows[1::2]))
