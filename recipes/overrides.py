"""Command-line overrides that Hydra's grammar would refuse, made into ones it accepts."""

from __future__ import annotations

import os
import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

# A stage's config is composed later, by itself: at the top its keys are all new.
_HANDED_DOWN = re.compile(r"^stages\.")


def accept(arguments: list[str], multirun: bool = False) -> list[str]:
    """Quote the values that need it: Chinese, brackets, commas in a path, ``=`` and quotes, ``~`` for the home.

    What Hydra understands as it stands is left alone. A comma is a sweep under ``multirun`` and text otherwise.
    """
    return [_accept_one(argument, multirun) for argument in arguments]


def _accept_one(argument: str, multirun: bool) -> str:
    key, separator, value = argument.partition("=")
    if argument.startswith("-") or not separator:
        return argument
    if _HANDED_DOWN.match(key):
        key = f"++{key}"
    if value.startswith("~/"):
        value = os.path.expanduser(value)
    if _understood(f"{key}={value}", multirun):
        return f"{key}={value}"
    if value.startswith("[") and value.endswith("]"):
        items = ",".join(_quote_item(item.strip(), multirun) for item in value[1:-1].split(","))
        if _understood(f"{key}=[{items}]", multirun):
            return f"{key}=[{items}]"
    return f"{key}={quote(value)}"


def _understood(override: str, multirun: bool) -> bool:
    try:
        parsed = OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return multirun or not parsed.is_sweep_override()


def _quote_item(item: str, multirun: bool) -> str:
    return item if _understood(f"key={item}", multirun) else quote(item)


def quote(value: str) -> str:
    """``value`` as a string in Hydra's grammar, whatever it holds."""
    # In Hydra's quoted strings a backslash escapes only where it stands before a quote (or ends the string).
    escaped = re.sub(r"(\\*)('|$)", lambda m: m[1] * 2 + ("\\'" if m[2] else ""), value)
    return f"'{escaped}'"
