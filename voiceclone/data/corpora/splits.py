"""Who is kept out of training: fixed lists or stable rules that send speakers and utterances to a split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from voiceclone.data.utterance import Split
from voiceclone.errors import ConfigError

Rule = Iterable[Any] | Mapping[str, int]
"""Names to pick: a list of ids or shell patterns (``LJ0??-0013``), or ``{one_in: 20}``, which picks about one in
twenty by a hash of the id, so that clips added later never move another clip to a different split."""


class Chooser:
    """Says whether a rule picks a name. ``setting`` is the rule's name in the config, for errors (`ConfigError`)."""

    def __init__(self, rule: Rule, setting: str) -> None:
        self.setting = setting
        self.one_in = 0
        names: list[str] = []
        if isinstance(rule, str):
            raise ConfigError(f"{setting}: expected a list, got the single name {rule!r}. Write [{rule}].")
        if isinstance(rule, Mapping):
            self.one_in = _one_in(rule, setting)
        else:
            names = [str(name) for name in rule]
        self.patterns = [name for name in names if any(sign in name for sign in "*?[")]
        self.exact = set(names) - set(self.patterns)
        self.unseen = set(self.exact)

    def __call__(self, name: str) -> bool:
        if self.one_in:
            # The setting is part of the key, or test and validation would pick the same names.
            digest = hashlib.sha256(f"{self.setting}:{name}".encode()).digest()
            return int.from_bytes(digest[:8], "big") % self.one_in == 0
        self.unseen.discard(name)
        return name in self.exact or any(fnmatchcase(name, pattern) for pattern in self.patterns)


def _one_in(rule: Mapping[str, int], setting: str) -> int:
    if set(rule) != {"one_in"} or not isinstance(rule["one_in"], int) or rule["one_in"] < 1:
        raise ConfigError(f"{setting}: expected a list of names or {{one_in: <whole number>}}, got {dict(rule)}.")
    return rule["one_in"]


@dataclass(frozen=True)
class HeldOut:
    """The speakers and utterances of one split, as rules."""

    speakers: Chooser
    utterances: Chooser

    def picks(self, utterance_id: str, speaker: str) -> bool:
        """Whether the clip is in this split. Both rules are asked, so that each learns which of its names exist."""
        return self.speakers(speaker) | self.utterances(utterance_id)


@dataclass(frozen=True)
class SplitRules:
    """Test before validation before the corpus's own split: a clip is in exactly one."""

    test: HeldOut
    validation: HeldOut

    def split(self, utterance_id: str, speaker: str, own: Split = "train") -> Split:
        """The split of a clip; ``own`` is what the corpus itself says, and stands unless a rule picks the clip."""
        if self.test.picks(utterance_id, speaker):
            return "test"
        return "validation" if self.validation.picks(utterance_id, speaker) and own != "test" else own

    def choosers(self) -> tuple[Chooser, ...]:
        """All four rules."""
        return self.test.speakers, self.test.utterances, self.validation.speakers, self.validation.utterances
