"""Numbers, percentages and money in languages that write a decimal comma; num2words counts.

What is not here stays as it is written: espeak-ng reads digits and signs in every language it speaks.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from voiceclone.text.normalise.rules import Rule, apply, rule


class Words(NamedTuple):
    """What a language says for the decimal comma, % and €, and between hours and minutes."""

    comma: str
    percent: str
    euro: str
    clock: str = ""


_WORDS = {
    "de": Words("Komma", "Prozent", "Euro", "Uhr"),
    "fr": Words("virgule", "pour cent", "euros", "heures"),
    "es": Words("coma", "por ciento", "euros", "y"),
    "it": Words("virgola", "per cento", "euro", "e"),
    "pt": Words("vírgula", "por cento", "euros", "e"),
    "nl": Words("komma", "procent", "euro", "uur"),
    "da": Words("komma", "procent", "euro"),
    "nb": Words("komma", "prosent", "euro"),
    "sv": Words("komma", "procent", "euro"),
    "fi": Words("pilkku", "prosenttia", "euroa"),
    "ru": Words("запятая", "процентов", "евро"),
    "uk": Words("кома", "відсотків", "євро"),
    "ro": Words("virgulă", "la sută", "euro"),
    "hu": Words("vessző", "százalék", "euró"),
    "id": Words("koma", "persen", "euro"),
}
_CODES = {"nb": "no"}  # where num2words has another name for it than espeak-ng
_NAMES_YEARS = ("de", "nl", "da", "nb")
_LONGEST = 16  # digits; so many are read one by one
_NUMBER = r"\d{1,3}(?:[. ]\d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)?"
_GERMAN_DATE = (
    r"(?<!\d)(?P<number>\d{1,2})\.(?=\s(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|"
    r"Dezember|Jahrhundert|Klasse|Platz)\b)"
)
_GERMAN_OBLIQUE = r"\b(?:am|vom|zum|bis|ab|seit|dem|den|des|im|der|die|das)\s$"


def speak(text: str, language: str) -> str:
    """``text`` in ``language`` (without a region, such as ``"de"``) with its numbers in words."""
    return apply(_rules(language), text) if language in _WORDS else text


@cache
def _rules(language: str) -> list[Rule]:
    words = _WORDS[language]
    clock = rf"(?P<hour>\d\d?):(?P<minute>[0-5]\d)(?:\s{words.clock})?(?![\d:])"
    return [
        rule(rf"\d{{{_LONGEST},}}", lambda match: " ".join(_count(int(digit), language) for digit in match.group())),
        *([rule(clock, lambda match: _time(match, words.clock))] if words.clock else []),
        *([rule(_GERMAN_DATE, _german_ordinal)] if language == "de" else []),
        rule(r"(?<![\w)])-(?=\d)", f"{_count(-1, language).split()[0]} "),
        rule(rf"(?P<number>{_NUMBER})\s?%", rf"\g<number> {words.percent}"),
        rule(rf"€\s?(?P<before>{_NUMBER})|(?P<behind>{_NUMBER})\s?€", lambda match: _euros(match, words.euro)),
        rule(r"(?<!\d)(?P<number>1[1-9]\d\d)(?![.,]?\d)", lambda match: _year(match["number"], language)),
        rule(_NUMBER, lambda match: _number(match.group(), language)),
    ]


def _number(written: str, language: str) -> str:
    """A number as it is written there: points or spaces between thousands, a comma (or one point) before decimals."""
    whole, fraction = _parts(written)
    by_digits = whole[:-1].startswith("0") or len(whole) >= _LONGEST
    spoken = " ".join(_count(int(digit), language) for digit in whole) if by_digits else ""
    spoken = spoken or _count(int(whole), language)
    return " ".join(
        [spoken, *([_WORDS[language].comma] if fraction else []), *(_count(int(d), language) for d in fraction)]
    )


def _parts(written: str) -> tuple[str, str]:
    """Digits before and behind the decimal mark."""
    if re.search(r"[. ]\d{3}(?!\d)", written):
        written = re.sub(r"[. ]", "", written)
    whole, _, fraction = written.replace(",", ".").partition(".")
    return whole, fraction


def _count(number: int, language: str, to: str = "cardinal") -> str:
    from num2words import num2words

    return num2words(number, lang=_CODES.get(language, language), to=to)


def _year(written: str, language: str) -> str:
    return _count(int(written), language, to="year" if language in _NAMES_YEARS else "cardinal")


def _euros(match: re.Match[str], euro: str) -> str:
    """3,50 € is three euros fifty."""
    whole, fraction = _parts(match["before"] or match["behind"])
    return f"{whole} {euro} {int(fraction)}" if len(fraction) == 2 and int(fraction) else f"{whole} {euro}"


def _time(match: re.Match[str], clock: str) -> str:
    minute = int(match["minute"])
    return f"{int(match['hour'])} {clock}" + (f" {minute}" if minute else "")


def _german_ordinal(match: re.Match[str]) -> str:
    """am 3. Mai is dritten, 3. Mai alone dritter."""
    oblique = re.search(_GERMAN_OBLIQUE, match.string[: match.start()], re.IGNORECASE)
    return _count(int(match["number"]), "de", to="ordinal") + ("n" if oblique else "r")
