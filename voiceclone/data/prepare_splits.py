"""No second of audio may be both learnt from and judged by."""

from __future__ import annotations

import math
from collections.abc import Iterable

from voiceclone.data.utterance import Skipped, Utterance

_STRICTNESS = {"test": 2, "validation": 1, "train": 0}


class HeldOutAudio:
    """Which stretches of which recordings are held out, to find clips of a looser split that overlap them.

    A corpus that lists one recording under two ids, or cuts overlapping clips from it, could otherwise have it in
    the test and in the training set. The clip of the looser split is the one that is left out.
    """

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        self._spans: dict[str, list[tuple[float, float, str, str]]] = {}
        for u in utterances:
            if u.split != "train":
                self._spans.setdefault(str(u.audio), []).append((u.start, _end(u), u.split, u.id))

    def overlap(self, utterance: Utterance) -> Skipped | None:
        """Why ``utterance`` must not be used in its split; None if it may."""
        for start, end, split, ident in self._spans.get(str(utterance.audio), ()):
            stricter = _STRICTNESS[split] > _STRICTNESS[utterance.split]
            if stricter and start < _end(utterance) and utterance.start < end:
                return Skipped(utterance.id, f"{utterance.audio}: overlaps '{ident}', which is held out for {split}.")
        return None


def _end(utterance: Utterance) -> float:
    return math.inf if utterance.end is None else utterance.end
