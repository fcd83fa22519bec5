"""What English speakers spell out: e-mail and web addresses, phone numbers, codes, versions."""

from __future__ import annotations

import re

from voiceclone.text.normalise.english.numbers import cardinal, digits, number
from voiceclone.text.normalise.rules import Rule, rule

# Endings after which a bare name is an address; a country code counts only behind one of the first or with a path.
_TOP = "com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|co|tv|me|eu|uk|us|ca|de|fr|cn|jp|ru|au|ch|at|nl|se"
HOST = rf"(?:[A-Za-z0-9-]+\.)+(?:{_TOP})\b"
PATH = r"(?::\d+)?(?:[/?#][^\s,;\"')]*[\w/])?"
_NAMES = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "~": "tilde", "%": "percent", "+": "plus",
}  # fmt: skip
_SPELT = frozenset(["www", "html", "php", "http", "https", "ftp", "uk", "us", "eu", "tv", "cn", "jp"])
_PHONE_GAP = r"[-.\s]"


def addresses() -> list[Rule]:
    """Rules for e-mail and web addresses, handles and hashtags."""
    return [
        rule(rf"\b[\w.+-]+@{HOST}", lambda match: address(match.group())),
        rule(r"\b(?:https?|ftp)://(?P<rest>[^\s,;\"')]+[\w/])", lambda match: address(match["rest"].rstrip("/"))),
        rule(rf"(?<![\w@.])(?:www\.)?{HOST}{PATH}", lambda match: address(match.group())),
        rule(r"(?<![\w&])@(?P<name>\w+)", lambda match: f"at {address(match['name'])}"),
        rule(r"(?<![\w&])\#(?P<name>[A-Za-z]\w*)", lambda match: f"hashtag {address(match['name'])}"),
    ]


def phones() -> list[Rule]:
    """Rules for phone numbers, and for numbers that are dialled or typed."""
    gap = _PHONE_GAP
    return [
        rule(
            rf"(?<![\w.])(?:\+\d{{1,3}}{gap}?|1-)?(?:\(\d{{2,4}}\)\s?|\b\d{{2,4}}{gap})\d{{3,4}}{gap}\d{{3,4}}(?!\w)",
            lambda match: _phone(match.group()),
        ),
        rule(rf"(?<![\w.])\+\d{{1,3}}(?:{gap}?\d{{2,5}}){{2,5}}\b", lambda match: _phone(match.group())),
        rule(r"\b\d+(?:-\d+){2,}\b|\b\d{4}(?:\s\d{4}){2,}\b", lambda match: _phone(match.group())),
        rule(
            r"(?P<before>\b(?:call|dial|phone|ring|text|code|pin|zip|password|number|extension|agent)(?:\s(?:is|at))?\s)"
            r"(?P<code>\d{3}-\d{4}|\d{3,8})\b(?!\s(?:[a-z]+s|people|men|women|children)\b)",
            lambda match: match["before"] + _phone(match["code"]),
            re.IGNORECASE,
        ),
    ]


def codes() -> list[Rule]:
    """Rules for versions, numbered things, and letters mixed with digits."""
    return [
        rule(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", lambda m: " dot ".join(digits(part) for part in m.group().split("."))),
        rule(r"\b[vV]\d+(?:\.\d+)*\b|\b\d+(?:\.\d+){2,}\b", lambda match: _version(match.group())),
        rule(r"\b(?:No|Nos|no)\.\s?(?=\d)|\#(?=\d)", "number "),
        rule(
            r"\b(?=\w*[A-Za-z])(?=\w*\d)(?:[A-Za-z]+|\d+)(?:-?(?:[A-Za-z]+|\d+))*\b", lambda match: _code(match.group())
        ),
        rule(r"\b[A-Za-z]+-\d+(?:\.\d+)?\b", lambda match: _code(match.group())),
    ]


def address(written: str) -> str:
    """An address piece by piece: ``"jane_2@x.io"`` is "jane underscore two at x dot io"."""
    pieces = re.findall(r"[A-Za-z]+|\d|[^\W_]+|.", written)
    return " ".join(_piece(piece) for piece in pieces).strip()


def _piece(piece: str) -> str:
    if piece.isdecimal():
        return digits(piece)
    if piece.lower() in _SPELT:
        return " ".join(piece.upper())
    return _NAMES.get(piece, piece)


def _phone(written: str) -> str:
    """Digits group by group, a comma's pause between the groups."""
    groups = re.findall(r"\d+", written)
    return ("plus " if written.startswith("+") else "") + ", ".join(digits(group) for group in groups)


def _version(written: str) -> str:
    prefix = "version " if written[0] in "vV" else ""
    return prefix + " point ".join(cardinal(int(part)) for part in written.lstrip("vV").split("."))


def _code(written: str) -> str:
    """Letters and digits mixed, as in MP3, COVID-19, A4 or 5G: letters as they stand, short numbers as numbers."""
    parts = re.findall(r"[A-Za-z]+|\d+(?:\.\d+)?", written)
    spoken = " ".join(_code_part(part) for part in parts)
    # A four would be four of something.
    return re.sub(r"^A (?=[a-z])", "A-", spoken)


def _code_part(part: str) -> str:
    """Letters and digits of a flight, a road or a model: A A one two three four."""
    if part[0].isdecimal():
        return number(part) if len(part) < 4 or "." in part else digits(part)
    return " ".join(part) if part.isupper() and len(part) <= 3 else part
