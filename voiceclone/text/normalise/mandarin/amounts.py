"""Mandarin money, measures, percentages, fractions and counting."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceclone.text.normalise.mandarin.numbers import NUMBER, count, digits, number
from voiceclone.text.normalise.rules import Rule, rule

_CURRENCIES = {
    "¥": "元", "￥": "元", "RMB": "元", "CNY": "元", "$": "美元", "US$": "美元", "USD": "美元", "€": "欧元",
    "EUR": "欧元", "£": "英镑", "GBP": "英镑", "HK$": "港元", "HKD": "港元", "NT$": "新台币", "JPY": "日元",
    "₩": "韩元", "₹": "卢比",
}  # fmt: skip
_UNITS = {
    "km/h": "公里每小时", "m/s": "米每秒", "km": "公里", "cm": "厘米", "mm": "毫米", "nm": "纳米", "μm": "微米",
    "m": "米", "kg": "公斤", "mg": "毫克", "μg": "微克", "g": "克", "t": "吨", "ml": "毫升", "mL": "毫升",
    "L": "升", "km²": "平方公里", "m²": "平方米", "㎡": "平方米", "cm²": "平方厘米", "m³": "立方米",
    "km2": "平方公里", "m2": "平方米", "m3": "立方米", "h": "小时", "min": "分钟", "s": "秒", "ms": "毫秒",
    "℃": "摄氏度", "°C": "摄氏度", "℉": "华氏度", "°F": "华氏度", "°": "度", "Hz": "赫兹", "kHz": "千赫",
    "MHz": "兆赫", "GHz": "吉赫", "dB": "分贝", "W": "瓦", "kW": "千瓦", "kWh": "千瓦时", "V": "伏",
    "mAh": "毫安时", "hPa": "百帕", "kcal": "千卡", "w": "万", "μg/m³": "微克每立方米", "mg/L": "毫克每升",
    "g/L": "克每升",
}  # fmt: skip
# Before these two is 两; before 月, 日, 号, 楼 or 路 it is a name and stays 二.
_COUNTED = (
    "个|位|名|天|次|年(?!级)|周|小时|分钟|秒|种|只|条|张|本|件|人|口|块|元|美元|欧元|英镑|万|亿|千|百|米|公里|千米|厘米|公斤|千克|克|斤|吨|升|"
    "里|间|座|辆|台|部|首|句|杯|瓶|碗|双|对|套|份|篇|步|场|倍|岁|度|毛|家|颗|棵|头|匹|把|支|枚|幅|道|门|项|片|朵|半|平方|立方|星期|"
    "股|艘|架|遍|趟|回|顿|群|些|成|组|队|批|笔|盒|箱|包|袋|根|样|番|点(?:钟|半|整)"
)
_SCALE = r"(?P<scale>百万|千万|万亿|[百千万亿])?"
_TO = r"\s?(?:-|—|~|至|到)\s?"
_SIGN = r"(?P<sign>(?<![A-Za-z0-9)])[-+±])?"
_SIGNS = {"-": "负", "+": "正", "±": "正负"}
FRACTIONS = {"½": "二分之一", "⅓": "三分之一", "⅔": "三分之二", "¼": "四分之一", "¾": "四分之三"}


def rules() -> list[Rule]:
    """Rules for amounts, the most particular first."""
    return [rule(r"(?<=\d),(?=\d{3}(?!\d))", ""), *_money(), *_shares(), *_measures(), *_counting()]


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _money() -> list[Rule]:
    symbol = _either(_CURRENCIES)
    several = rf"(?P<symbol>{symbol})\s?(?P<from>{NUMBER}){_TO}(?:{symbol})?(?P<amount>{NUMBER})"
    return [
        rule(rf"{several}{_SCALE}(?:元|块)?", lambda match: f"{number(match['from'])}到{_price(match)}"),
        rule(rf"(?P<symbol>{symbol})\s?(?P<amount>{NUMBER}){_SCALE}(?:元|块)?", _price),
        rule(rf"(?P<amount>{NUMBER}){_SCALE}\s?(?P<symbol>{symbol})(?![A-Za-z\d])", _price),
    ]


def _price(match: re.Match[str]) -> str:
    amount = re.sub(r"(\.\d*?)0+$", r"\1", match["amount"]).rstrip(".")
    return count(amount) + (match["scale"] or "") + _CURRENCIES[match["symbol"]]


def _shares() -> list[Rule]:
    return [
        rule(rf"(?P<left>{NUMBER})%?{_TO}(?P<right>{NUMBER})%", r"\g<left>%到\g<right>%"),
        rule(rf"{_SIGN}(?P<amount>{NUMBER})%", lambda match: f"{_sign(match)}百分之{number(match['amount'])}"),
        rule(rf"{_SIGN}(?P<amount>{NUMBER})‰", lambda match: f"{_sign(match)}千分之{number(match['amount'])}"),
        rule(r"(?<![\d/])(?P<top>\d{1,3})/(?P<bottom>\d{1,3})(?![\d/])", _fraction),
        rule(f"[{''.join(FRACTIONS)}]", lambda match: FRACTIONS[match.group()]),
    ]


def _sign(match: re.Match[str]) -> str:
    return _SIGNS[match["sign"]] if match["sign"] else ""


def _fraction(match: re.Match[str]) -> str:
    top, bottom = number(match["top"]), number(match["bottom"])
    return f"{top}比{bottom}" if top == bottom else f"{bottom}分之{top}"


def _measures() -> list[Rule]:
    unit = rf"(?P<unit>{_either(_UNITS)})(?![A-Za-z\d²³])"
    return [
        rule(
            rf"(?P<left>{NUMBER})\s?(?:{_either(_UNITS)})?{_TO}(?=-?(?:{NUMBER})\s?{unit})",
            lambda m: f"{number(m['left'])}到",
        ),
        rule(rf"{_SIGN}(?P<amount>{NUMBER})\s?{unit}", lambda m: _sign(m) + count(m["amount"]) + _UNITS[m["unit"]]),
        rule(r"(?<!\d)(?P<minutes>\d{1,2})'(?P<seconds>\d{1,2})(?:\"|'')", _minutes),
        rule(
            r"(?<=[\u4e00-\u9fff])/(?=(?:平方米|立方米|小时|分钟|秒|年|月|日|天|人|次|吨|公斤|斤|公里|升|台|户|件))",
            "每",
        ),
    ]


def _minutes(match: re.Match[str]) -> str:
    return f"{number(match['minutes'])}分{number(match['seconds'])}秒"


def _counting() -> list[Rule]:
    return [
        rule(r"(?<=[\d)])\s?-\s?(?=[\d.]+\s?=)", "减"),
        rule(r"(?P<before>比分(?:为|是)?|以)(?P<left>\d+)[-:](?P<right>\d+)", _score),
        rule(
            r"(?<!\d)(?P<left>\d{1,3}):(?P<right>\d{1,3})(?![\d:])",
            lambda m: f"{number(m['left'])}比{number(m['right'])}",
        ),
        rule(r"(?<![\d.])(?P<tens>\d)(?P<ones>[1-9])(?=折)", lambda match: digits(match.group())),
        rule(rf"(?<![\d.第])2(?=\s?(?:[-~]\s?\d\s?)?(?:{_COUNTED}))", "两"),
        rule(rf"两{_TO}(?=\d)", "两到"),
        rule(
            rf"(?<![\w.-])(?P<left>{NUMBER}){_TO}(?P<right>{NUMBER})(?![\w.-])|(?P<from>{NUMBER}){_TO}(?P<to>{NUMBER})(?=[\u4e00-\u9fff])",
            _range,
        ),
        rule(rf"(?P<amount>{NUMBER})\+(?=[\u4e00-\u9fff])", lambda match: f"{number(match['amount'])}多"),
    ]


def _score(match: re.Match[str]) -> str:
    return f"{match['before']}{number(match['left'])}比{number(match['right'])}"


def _range(match: re.Match[str]) -> str:
    left, right = (match["left"], match["right"]) if match["left"] else (match["from"], match["to"])
    return f"{number(left)}到{number(right)}"
