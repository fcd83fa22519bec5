"""English dates, times of day and years."""

from __future__ import annotations

import re

from voiceclone.text.normalise.english.numbers import cardinal, ordinal, plural, year
from voiceclone.text.normalise.rules import Rule, rule

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>1[1-9]\d\d|20\d\d)"
_DAY_NAME = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
# Not the Sun, nor someone who Sat.
_WEEKDAY = (
    rf"(?<![Tt]he\s)\b(?P<name>{_DAY_NAME})(?:\.(?=,?\s)|(?=,\s(?:the\s)?(?:\d|{_MONTH.replace('?P<month>', '?:')})))"
)
_WEEKDAYS_FROM = rf"\b(?P<from>{_DAY_NAME})-(?P<to>{_DAY_NAME})\b\.?"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# Words after which four digits are a year even where a plural follows: in 1998 events took a turn.
_BEFORE_YEAR = (
    r"in|since|by|of|from|until|till|before|after|during|around|circa|year|early|late|mid|summer|winter|spring|autumn|"
    r"fall|class|through|©"
)
# A noun in the plural, which four digits before it count.
_PLURAL = r"\s(?!(?:is|was|has|as|this|its|his|does|always|plus|perhaps|across|thus|us|less|unless|besides)\b)[a-z]+s\b"
_HALF = r"\s?(?P<half>[ap]\.?m\b)\.?"


def rules(british: bool) -> list[Rule]:
    """Rules for dates and times of day; ``british`` puts the day first."""
    return [*_dates(british), *_times(), *_decades()]


def weekdays() -> list[Rule]:
    """Rules for shortened names of days, which need no number beside them."""
    return [
        rule(_WEEKDAYS_FROM, lambda match: f"{_weekday(match['from'])} to {_weekday(match['to'])}"),
        rule(_WEEKDAY, lambda match: _weekday(match["name"])),
    ]


def _dates(british: bool) -> list[Rule]:
    day = rf"{_DAY}(?:st|nd|rd|th)?"
    return [
        rule(r"(?<=\d)(?P<ending>st|nd|rd|th)\s?-\s?(?=\d+(?:st|nd|rd|th)\b)", r"\g<ending> to "),
        rule(rf"\b{_YEAR}([-/.])(?P<number>0?[1-9]|1[0-2])\2{_DAY}\b", lambda match: _iso(match, british)),
        rule(rf"\b(?P<first>\d\d?)([-/.])(?P<second>\d\d?)\2{_YEAR}\b", lambda match: _numeric(match, british)),
        rule(r"\b(?P<first>\d\d?)/(?P<second>\d\d?)/(?P<year>\d\d)\b", lambda match: _numeric(match, british)),
        rule(
            rf"\b{_MONTH}\s{day}(?:,?\s{_YEAR})?\b(?![,.:]\d)", lambda m: _date(_name(m), m["day"], m["year"], british)
        ),
        rule(
            rf"\b(?:the\s)?{day}\s(?:of\s)?{_MONTH}(?:,?\s{_YEAR}\b)?",
            lambda m: _date(_name(m), m["day"], m["year"], True),
        ),
        rule(rf"\b{_MONTH},?\s{_YEAR}\b", lambda match: f"{_name(match)} {year(match['year'])}"),
    ]


def _times() -> list[Rule]:
    clock = r"\b(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    return [
        rule(r"(?<=\d[ap]m)\s?-\s?(?=\d)|(?<=:\d\d)\s?-\s?(?=\d)", " to ", re.IGNORECASE),
        rule(rf"{clock}(?:{_HALF})?(?![\d:])", _time, re.IGNORECASE),
        rule(rf"\b(?P<hour>1[0-2]|0?[1-9]){_HALF}", lambda m: cardinal(int(m["hour"])) + _half(m), re.IGNORECASE),
    ]


def _decades() -> list[Rule]:
    return [
        rule(r"\b(?P<year>1[1-9]\d0|20\d0)'?s\b", lambda match: plural(year(match["year"]))),
        rule(r"(?<!\w)'(?P<year>\d\d)\b(?!s)", lambda match: year(match["year"])),
        rule(rf"\b(?P<before>pre|post|mid)-{_YEAR}\b(?!s)", lambda match: f"{match['before']}-{year(match['year'])}"),
        rule(r"\b(?P<before>(?i:year|in|since|ad|circa)\s)(?P<year>10\d\d)\b(?![,.]\d|\s[a-z]+s\b)", _after),
        rule(r"'?\b(?P<tens>[2-9]0)'?s\b", lambda match: plural(cardinal(int(match["tens"])))),
        rule(
            rf"\b{_YEAR}\s?[-—]\s?(?P<to>(?:1[1-9]|20)?\d\d)\b(?!-)", lambda m: f"{year(m['year'])} to {year(m['to'])}"
        ),
        rule(rf"\b{_YEAR}/(?P<to>\d\d)\b", lambda match: f"{year(match['year'])} {year(match['to'])}"),
    ]


def years() -> list[Rule]:
    """Rules for four digits that are nothing else but a year; they come after everything that counts."""
    return [
        rule(rf"\b(?P<before>(?i:{_BEFORE_YEAR})\s){_YEAR}\b(?![,.]\d|%)", _after),
        rule(rf"(?<![\d,.$€£¥#-])\b{_YEAR}\b(?![,.]\d|%|-|{_PLURAL})", lambda match: year(match["year"])),
    ]


def _name(match: re.Match[str]) -> str:
    return next(name for name in _MONTHS if name.startswith(match["month"][:3]))


def _weekday(short: str) -> str:
    return next(day for day in _WEEKDAYS if day.startswith(short))


def _date(month: str, day: str, in_year: str | None, british: bool) -> str:
    spoken_day = ordinal(int(day))
    spoken = f"the {spoken_day} of {month}" if british else f"{month} {spoken_day}"
    return f"{spoken}, {year(in_year)}" if in_year else spoken


def _iso(match: re.Match[str], british: bool) -> str:
    return _date(_MONTHS[int(match["number"]) - 1], match["day"], match["year"], british)


def _numeric(match: re.Match[str], british: bool) -> str:
    """3/5/2024: the fifth of March to an American, the third of May to the British, unless only one is a date."""
    first, second = int(match["first"]), int(match["second"])
    day_first = first > 12 or (british and second <= 12)
    day, month = (first, second) if day_first else (second, first)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match.group()
    written = match["year"]
    in_year = written if len(written) == 4 else f"{20 if int(written) < 50 else 19}{written}"
    return _date(_MONTHS[month - 1], str(day), in_year, british)


def _time(match: re.Match[str]) -> str:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    spoken = cardinal(hour)
    if minute:
        spoken += f" {'oh ' * (minute < 10)}{cardinal(minute)}"
    elif not match["half"]:
        spoken += " o'clock" if 0 < hour <= 12 else " hundred hours"
    if second:
        spoken += f" and {cardinal(second)} second{'s' * (second > 1)}"
    return spoken + _half(match)


def _half(match: re.Match[str]) -> str:
    """ " P M" for pm; a full stop that ends the sentence stays."""
    if not match["half"]:
        return ""
    ends = match.group().endswith(".") and not match.string[match.end() :].strip()
    return f" {match['half'][0].upper()} M{'.' * ends}"


def _after(match: re.Match[str]) -> str:
    return match["before"] + year(match["year"])
