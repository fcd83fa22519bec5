"""Who is kept out of training: fixed lists or stable rules that send speakers and utterances to a split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from voiceclone.data.utterance import Split
from voiceclone.errors import ConfigError

Rule = Iterable[Any] | Mapping[str, int]
"""Names to pick: a list of ids or shell patterns (``LJ0??-0013``), or ``{one_in: 20}``, which picks about one in
twenty by a hash of the id, so that clips added later never move another clip to a different split."""


def chooser(rule: Rule, setting: str) -> Callable[[str], bool]:
    """A function that says whether the rule picks a name. Raises `ConfigError` naming the setting."""
    if isinstance(rule, Mapping):
        if set(rule) != {"one_in"} or not isinstance(rule["one_in"], int) or rule["one_in"] < 1:
            raise ConfigError(f"{setting}: expected a list of names or {{one_in: <whole number>}}, got {dict(rule)}.")
        return lambda name: _one_in(rule["one_in"], f"{setting}:{name}")
    if isinstance(rule, str):
        raise ConfigError(f"{setting}: expected a list, got the single name {rule!r}. Write [{rule}].")
    names = [str(name) for name in rule]
    exact = {name for name in names if not any(sign in name for sign in "*?[")}
    patterns = [name for name in names if name not in exact]
    return lambda name: name in exact or any(fnmatchcase(name, pattern) for pattern in patterns)


def _one_in(n: int, key: str) -> bool:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % n == 0


@dataclass(frozen=True)
class HeldOut:
    """The speakers and utterances of one split, as rules."""

    speakers: Callable[[str], bool]
    utterances: Callable[[str], bool]

    def __call__(self, utterance_id: str, speaker: str) -> bool:
        return self.speakers(speaker) or self.utterances(utterance_id)


@dataclass(frozen=True)
class SplitRules:
    """Test before validation before the corpus's own split: a clip is in exactly one."""

    test: HeldOut
    validation: HeldOut

    def split(self, utterance_id: str, speaker: str, own: Split = "train") -> Split:
        """The split of a clip; ``own`` is what the corpus itself says, and stands unless a rule picks the clip."""
        if self.test(utterance_id, speaker):
            return "test"
        return "validation" if self.validation(utterance_id, speaker) and own != "test" else own
