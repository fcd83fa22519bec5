"""English money, measures, percentages, fractions and the other ways to write an amount."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceclone.text.normalise.english.numbers import NUMBER, cardinal, number, ordinal
from voiceclone.text.normalise.english.units import CODES, CURRENCIES, SCALES, UNITS, Currency, plural
from voiceclone.text.normalise.rules import Rule, rule

_DASH = r"\s?[-—]\s?"
_AMOUNT = rf"(?P<amount>(?:{NUMBER})(?:{_DASH}(?:{NUMBER}))?)"
_SCALE = rf"(?:\s?(?P<scale>{'|'.join(sorted(SCALES, key=len, reverse=True))})\b)?"
# A twenty dollar bill, but twenty dollars.
_PAID_IN = "bill|note|coin|fine|check|cheque|ticket|prize|question"
FRACTIONS = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8",
}  # fmt: skip


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


def rules(british: bool) -> list[Rule]:
    """Rules for amounts; ``british`` has metres and litres."""
    symbol, code, fraction = _either(CURRENCIES), _either(CODES), f"[{''.join(FRACTIONS)}]"
    several = rf"(?P<symbol>{symbol})\s?(?P<from>{NUMBER}){_DASH}(?:{symbol})?(?P<amount>{NUMBER})"
    return [
        rule(rf"{several}{_SCALE}", _money_range, re.IGNORECASE),
        rule(rf"(?P<symbol>{symbol})\s?(?P<amount>{NUMBER}){_SCALE}", _money, re.IGNORECASE),
        rule(rf"\b(?P<code>{code})\s?(?P<amount>{NUMBER}){_SCALE}", _money),
        rule(rf"(?P<amount>{NUMBER}){_SCALE}\s?(?P<code>{code})\b", _money),
        rule(rf"{_AMOUNT}\s?¢", lambda match: _counted(match["amount"], "cent")),
        rule(rf"{_AMOUNT}\s?%", lambda match: f"{amount(match['amount'])} percent"),
        rule(r"\b(?P<feet>\d)'\s?(?P<inches>1[01]|\d)(?:\"|'')?(?!\w)", _height),
        rule(rf"{_AMOUNT}\s?(?P<unit>{_either(UNITS)})(?![\w²³])", lambda match: _measure(match, british)),
        rule(r"(?P<unit>\b(?:\w+met(?:er|re)s?|inch(?:es)?|f[oe][oe]t|pixels?))\s?[x×]\s?(?=\w)", r"\g<unit> by "),
        rule(rf"(?P<left>{NUMBER})\"\s?[x×]\s?(?P<right>{NUMBER})\"", _inches),
        rule(r"(?<=[a-z])/(?=(?:second|minute|hour|day|night|week|month|year|person|km|kg|mile|piece)\b)", " per "),
        rule(rf"(?:\b(?P<whole>\d+)\s?)?(?P<sign>{fraction})", _fraction),
        rule(r"\b(?:(?P<whole>\d+)\s)?(?P<top>\d{1,3})/(?P<bottom>\d{1,3})\b(?!/)", _fraction),
        rule(
            r"\b(?P<number>\d{1,3}(?:,?\d{3})*)(?:st|nd|rd|th)\b", lambda m: ordinal(int(m["number"].replace(",", "")))
        ),
        rule(
            rf"(?P<amount>{NUMBER})\s?(?P<scale>k|bn|(?<=\d\d)K)\b",
            lambda m: f"{number(m['amount'])} {SCALES[m['scale'].lower()]}",
        ),
        rule(rf"(?P<left>{NUMBER})\s?[x×]\s?(?P<right>{NUMBER})", _product),
        rule(rf"(?P<amount>{NUMBER})[x×](?!\w)", lambda match: f"{number(match['amount'])} times"),
        rule(
            rf"\b(?P<amount>\d{{1,4}}(?:\.\d+)?{_DASH}\d{{1,4}}(?:\.\d+)?)\b(?![-/])",
            lambda match: amount(match["amount"]),
        ),
        rule(rf"\b(?P<left>\d{{1,3}}):(?P<right>{NUMBER})\b", lambda m: f"{number(m['left'])} to {number(m['right'])}"),
    ]


def amount(written: str) -> str:
    """A number, or two with a dash between them: ``"3-5"`` is "three to five"."""
    parts = [number(part.strip()) for part in re.split("[-—]", written)]
    return parts[0] if len(parts) == 1 else ("-" if parts[0] == parts[1] else " to ").join(parts)  # fifty-fifty


def _counted(written: str, singular: str) -> str:
    one = re.fullmatch(r"1(?:\.0+)?", written)
    return f"{amount(written)} {singular if one else plural(singular)}"


def _currency(match: re.Match[str]) -> Currency:
    found = match.groupdict()
    return CURRENCIES[CODES[found["code"]] if found.get("code") else found["symbol"].upper()]


def _money(match: re.Match[str]) -> str:
    currency, written = _currency(match), match["amount"]
    article = re.search(r"\b(?:an?|every|each)\s$", match.string[: match.start()], re.IGNORECASE)
    thing = article or re.match(rf"\s(?:{_PAID_IN})s?\b", match.string[match.end() :])
    if match["scale"] or thing:
        scale = f" {SCALES[match['scale'].lower()]}" if match["scale"] else ""
        return f"{number(written)}{scale} {currency.singular if thing else currency.plural}"
    whole, _, fraction = written.replace(",", "").partition(".")
    if len(fraction) != 2 or not currency.cents:
        return f"{number(written)} {currency.singular if written == '1' else currency.plural}"
    parts = []
    if int(whole or 0) or not int(fraction):
        parts.append(f"{number(whole or '0')} {currency.singular if whole == '1' else currency.plural}")
    if int(fraction):
        parts.append(f"{cardinal(int(fraction))} {currency.cent if fraction == '01' else currency.cents}")
    return " and ".join(parts)


def _money_range(match: re.Match[str]) -> str:
    scale = f" {SCALES[match['scale'].lower()]}" if match["scale"] else ""
    return f"{number(match['from'])} to {number(match['amount'])}{scale} {_currency(match).plural}"


def _measure(match: re.Match[str], british: bool) -> str:
    unit = UNITS[" ".join(match["unit"].split())]
    spoken = _counted(match["amount"], unit)
    return re.sub(r"(met|lit)er", r"\1re", spoken) if british else spoken


def _height(match: re.Match[str]) -> str:
    return f"{number(match['feet'])} foot {number(match['inches'])}"


def _fraction(match: re.Match[str]) -> str:
    found = match.groupdict()
    top, bottom = FRACTIONS[found["sign"]].split("/") if found.get("sign") else (found["top"], found["bottom"])
    spoken = _parts(int(top), int(bottom))
    if not found["whole"]:
        return spoken
    return f"{number(found['whole'])} and {'a' + spoken.removeprefix('one') if top == '1' else spoken}"


def _parts(top: int, bottom: int) -> str:
    if (top, bottom) in ((24, 7), (9, 11)) or top == bottom:
        return f"{cardinal(top)} {cardinal(bottom)}"
    if bottom == 100 and top >= 10:
        return f"{cardinal(top)} out of {cardinal(bottom)}"
    if top > bottom or not 2 <= bottom <= 100:
        return f"{cardinal(top)} over {cardinal(bottom)}"
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    return f"{cardinal(top)} {part if top == 1 else 'halves' if bottom == 2 else part + 's'}"


def _product(match: re.Match[str]) -> str:
    by = "by" if min(len(match["left"]), len(match["right"])) >= 3 else "times"
    return f"{number(match['left'])} {by} {number(match['right'])}"


def _inches(match: re.Match[str]) -> str:
    return f"{number(match['left'])} inches by {number(match['right'])} inches"
