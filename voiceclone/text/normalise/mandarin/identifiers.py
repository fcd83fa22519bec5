"""What Mandarin speakers read digit by digit: telephone numbers, account numbers, addresses, codes."""

from __future__ import annotations

import re

from voiceclone.text.normalise.english.identifiers import HOST, PATH
from voiceclone.text.normalise.english.numbers import ordinal
from voiceclone.text.normalise.mandarin.numbers import digits, number
from voiceclone.text.normalise.rules import Rule, rule

_YAO = "幺"
_MARKS = {
    ".": "点",
    "@": "艾特",
    "/": "斜杠",
    "-": "杠",
    "_": "下划线",
    ":": "冒号",
    "?": "问号",
    "=": "等于",
    "&": "和",
}
_DIALLED = "电话|热线|拨打|致电|请拨|手机|客服|报警|座机|传真|呼叫"
_NUMBERED = (
    "号码|编号|房间号|房号|门牌号|QQ号?|微信号?|账号|帐号|卡号|学号|工号|单号|订单号?|密码|验证码|邮编|尾号|证号|身份证号?|车牌号?|航班|车次|代码|"
    "区号|分机|口令|序列号|股票"
)
_LINK = r"(?:号码|号)?(?:是|为|[:：])?\s?"


def addresses() -> list[Rule]:
    """Rules for e-mail and web addresses."""
    return [
        rule(rf"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]+@{HOST}", lambda match: _address(match.group())),
        rule(
            r"(?:https?|ftp)://(?P<rest>[\w./?=&%:-]*[A-Za-z0-9/])", lambda match: _address(match["rest"].rstrip("/"))
        ),
        rule(rf"(?<![A-Za-z0-9@.])(?:www\.)?{HOST}{PATH}", lambda match: _address(match.group())),
    ]


def numbers() -> list[Rule]:
    """Rules for telephone numbers, dialled or typed numbers, and long strings of digits."""
    return [
        # Nobody counts that far; and no other rule should have to look so far ahead.
        rule(r"\d{12,}", lambda match: digits(match.group(), _YAO)),
        rule(r"\+(?P<country>\d{1,3})[-\s]?(?P<number>1\d{2}[-\s]?\d{4}[-\s]?\d{4})(?!\d)", _international),
        rule(r"(?<!\d)1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)", lambda match: digits(match.group(), _YAO)),
        rule(r"(?<!\d)(?:\(0\d{2,3}\)\s?|0\d{2,3}-)\d{7,8}(?!\d)", lambda match: digits(match.group(), _YAO)),
        rule(r"(?<!\d)\d{1,2}·\d{1,2}(?!\d)", lambda match: digits(match.group())),
        rule(r"(?<!\d)[48]00-\d{3,4}-\d{3,4}(?!\d)", lambda match: digits(match.group(), _YAO)),
        rule(rf"(?P<before>(?:{_DIALLED}){_LINK})(?P<code>\d[\d-]{{1,}}\d)", _typed),
        rule(rf"(?P<before>(?:{_NUMBERED}){_LINK})(?P<code>[A-Z]*\d{{2,}})(?!\d|\.\d|[年月])", _typed),
        rule(
            r"(?<![\d.,:])(?:0\d+|12306|12315|12345|10086|10010)(?!\d|[.,:]\d|[年月日号点分])",
            lambda match: digits(match.group(), _YAO),
        ),
        rule(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)", _dotted),
    ]


def codes() -> list[Rule]:
    """Rules for letters mixed with digits, as in G1234次, PM2.5, B2B or 5G."""
    return [
        rule(r"(?<![A-Za-z\d])(?P<number>\d+)(?:st|nd|rd|th)(?![A-Za-z])", lambda m: ordinal(int(m["number"]))),
        rule(r"(?:No|NO|no)\.?\s?(?=\d)", "第"),
        rule(r"(?P<digits>\d{3,4})(?=[pP](?![A-Za-z]))", lambda match: digits(match["digits"], _YAO)),
        rule(r"(?<![A-Za-z])[A-Z]{2,3}(?=-?\d)", lambda match: " ".join(match.group())),
        rule(r"(?P<letters>[A-Za-z])-?(?P<digits>\d{3,})(?!\.?\d)", lambda m: m["letters"] + digits(m["digits"], _YAO)),
        rule(r"(?<=[A-Za-z])-(?=\d)|(?<=\d)-(?=\d*[A-Za-z])", " "),
        rule(r"\d{4,}(?=[A-Za-z])", lambda match: digits(match.group(), _YAO)),
    ]


def _address(written: str) -> str:
    pieces = re.findall(r"[A-Za-z]+|\d+|.", written)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece.isdecimal():
        return digits(piece, _YAO)
    return " ".join("WWW") if piece.lower() == "www" else _MARKS.get(piece, piece)


def _international(match: re.Match[str]) -> str:
    return f"加{number(match['country'])},{digits(match['number'], _YAO)}"


def _typed(match: re.Match[str]) -> str:
    letters = " ".join(character for character in match["code"] if character.isalpha())
    return match["before"] + letters + digits(match["code"], _YAO)


def _dotted(match: re.Match[str]) -> str:
    return "点".join(digits(part, _YAO) for part in match.group().split("."))
