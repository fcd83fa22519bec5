"""What a normalisation rule is, and how a list of them is applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Rule(NamedTuple):
    """Every match of ``pattern`` is read as ``speak`` says; rules come in order, earlier ones take what they need."""

    pattern: re.Pattern[str]
    speak: Callable[[re.Match[str]], str]


def rule(pattern: str, speak: Callable[[re.Match[str]], str] | str, flags: int = 0) -> Rule:
    """A rule; ``speak`` is a function of the match, or the words themselves."""
    said = (lambda match: match.expand(speak)) if isinstance(speak, str) else speak
    return Rule(re.compile(pattern, flags), said)


def apply(rules: Sequence[Rule], text: str) -> str:
    """``text`` with every rule applied in turn."""
    for pattern, speak in rules:
        text = pattern.sub(speak, text)
    return text
