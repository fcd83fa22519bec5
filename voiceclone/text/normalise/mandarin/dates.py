"""Mandarin dates, times of day and years."""

from __future__ import annotations

import re

from voiceclone.text.normalise.mandarin.numbers import cardinal, digits, number
from voiceclone.text.normalise.rules import Rule, rule

_YEAR = r"(?P<year>1\d{3}|20\d{2}|21\d{2})"
_MONTH = r"(?P<month>1[0-2]|0?[1-9])"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_TO = r"\s?(?:-|—|~|至|到)\s?"
_CLOCK = r"(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"


def rules() -> list[Rule]:
    """Rules for dates, years, months and times."""
    return [
        rule(rf"(?<!\d){_YEAR}([-/.]){_MONTH}\2{_DAY}(?!\d)", _date),
        rule(rf"(?<!\d)(?P<from>\d{{4}})年?{_TO}(?P<to>\d{{4}})(?=年|赛季|学年|届|财年)", _years),
        rule(
            r"(?<!\d)(?P<year>\d{4})(?=年(?!前|来|多|以|的历史)|届|级|款|财年|赛季|学年)", lambda m: digits(m["year"])
        ),
        rule(r"(?<!\d)(?P<year>19|20)(?P<tens>\d0)(?=年代)", lambda m: digits(m["year"] + m["tens"])),
        rule(r"(?<!\d)(?P<first>\d0)(?=,\d0后)", lambda match: digits(match["first"])),
        rule(
            r"(?<!\d)(?P<year>0\d|[6-9]\d)(?=后(?!\d)|年(?!代|前|来|多|以|级|的|龄)|级|届)", lambda m: digits(m["year"])
        ),
        rule(rf"(?<!\d){_MONTH}{_TO}(?P<to>1[0-2]|[1-9])(?=月)", lambda m: f"{number(m['month'])}到{number(m['to'])}"),
        rule(rf"(?<!\d){_MONTH}月{_DAY}(?P<unit>[日号])", _month_and_day),
        rule(rf"(?<=[日号]){_TO}(?=\d\d?[日号月])", "到"),
        rule(rf"(?<!\d){_DAY}(?P<unit>[日号]){_TO}(?P<to>\d\d?)(?P=unit)", _days),
        rule(r"(?<!\d)0?(?P<month>\d|1[0-2])(?=月(?!票))", lambda match: number(match["month"])),
        rule(r"(?<!\d)0(?P<day>\d)(?=[日号])", lambda match: number(match["day"])),
        rule(rf"(?<=[点分\d]){_TO}(?=\d\d?:\d\d)", "到"),
        rule(rf"(?<!\d)(?<!\d:)(?<!比){_CLOCK}(?![\d:])", _time),
        rule(r"(?<![\d.])2(?=点(?:半|钟|整|多|[0-5]?\d分|(?!\d)))", "两"),
    ]


def _date(match: re.Match[str]) -> str:
    return f"{digits(match['year'])}年{cardinal(int(match['month']))}月{cardinal(int(match['day']))}日"


def _years(match: re.Match[str]) -> str:
    return f"{digits(match['from'])}到{digits(match['to'])}"


def _month_and_day(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['month']))}月{cardinal(int(match['day']))}{match['unit']}"


def _days(match: re.Match[str]) -> str:
    unit = match["unit"]
    return f"{cardinal(int(match['day']))}{unit}到{cardinal(int(match['to']))}{unit}"


def _time(match: re.Match[str]) -> str:
    """3:05 is 三点零五分, 15:00 is 十五点, 2:30 is 两点三十分."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    spoken = ("两" if hour == 2 else cardinal(hour)) + "点"
    if minute or second:
        spoken += f"{'零' if minute < 10 else ''}{cardinal(minute) if minute else ''}分"
    return spoken + (f"{cardinal(second)}秒" if second else "")
