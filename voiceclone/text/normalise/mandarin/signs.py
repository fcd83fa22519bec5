"""Signs between Mandarin numbers and words."""

from __future__ import annotations

import re

from voiceclone.text.normalise.rules import Rule, rule

_WORDS = {
    "+": "加", "=": "等于", "×": "乘", "*": "乘", "÷": "除以", ">": "大于", "<": "小于", "≥": "大于等于",
    "≤": "小于等于", "≈": "约等于", "≠": "不等于", "±": "正负", "&": "和", "@": "艾特", "#": "井号", "%": "百分号",
    "^": "的次方", "~": "到", "→": "到", "√": "根号", "°": "度", "℃": "摄氏度", "$": "美元", "€": "欧元", "£": "英镑",
    "¥": "元", "/": ",", "\\": ",", "§": "第", "㎡": "平方米", "‰": "千分号",
}  # fmt: skip
_ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
_ONE_TO_TEN = "一二三四五六七八九十"


def arithmetic() -> list[Rule]:
    """Rules for signs between numbers."""
    return [
        rule(r"(?P<base>\d+)\^(?P<power>\d+)", r"\g<base>的\g<power>次方"),
        rule(r"(?<=\d)\s?[x×*]\s?(?=\d)", "乘"),
        rule(r"(?<![A-Za-z0-9)])-(?=\d)", "负"),
        rule(r"(?<![A-Za-z0-9\u4e00-\u9fff])~(?=\d)", "约"),
    ]


def rules() -> list[Rule]:
    """Rules for lone signs and for numbers that are one character."""
    return [
        rule(f"[{_ROMAN}]", lambda match: _ONE_TO_TEN[_ROMAN.index(match.group())]),
        rule(f"[{_CIRCLED}]", lambda match: _ONE_TO_TEN[_CIRCLED.index(match.group())]),
        rule(r"[*_|•®™]|(?<=[\u4e00-\u9fff])·(?=[\u4e00-\u9fff])", " "),
        rule(f"[{re.escape(''.join(_WORDS))}]", lambda match: _WORDS[match.group()]),
    ]
