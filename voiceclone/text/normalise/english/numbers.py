"""English numbers as words."""

from __future__ import annotations

from functools import lru_cache

# A number as people type it: 7, 1,234, 2.50, .5
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?<!\d)\.\d+"
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def digits(written: str) -> str:
    """Digits one by one: ``"007"`` as "zero zero seven"."""
    return " ".join(_DIGITS[int(digit)] for digit in written if digit.isdecimal())


@lru_cache(maxsize=4096)
def cardinal(number: int) -> str:
    """``1234`` as "one thousand two hundred thirty-four"."""
    from num2words import num2words

    # num2words counts as the British do. Without the "and" it is American, and the British understand it too.
    return num2words(number, lang="en").replace(",", "").replace(" and ", " ")


@lru_cache(maxsize=1024)
def ordinal(number: int) -> str:
    """``21`` as "twenty-first"."""
    from num2words import num2words

    return num2words(number, lang="en", to="ordinal").replace(",", "").replace(" and ", " ")


def number(written: str) -> str:
    """Any `NUMBER` as words; after leading zeros digit by digit."""
    whole, _, fraction = written.replace(",", "").partition(".")
    spoken = digits(whole) if len(whole) > 1 and whole.startswith("0") else cardinal(int(whole or 0))
    if not fraction:
        return spoken
    return f"{spoken} point {digits(fraction)}" if whole else f"point {digits(fraction)}"


def year(written: str) -> str:
    """``"1905"`` as "nineteen oh five", ``"2024"`` as "twenty twenty-four", ``"2005"`` as "two thousand five"."""
    value = int(written)
    century, rest = divmod(value, 100)
    if value < 1000 or (century % 10 == 0 and rest < 10):
        return cardinal(value)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def plural(words: str) -> str:
    """The plural of spoken numbers: "nineteen nineties", "sixes"."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "o")) else f"{words}s"
