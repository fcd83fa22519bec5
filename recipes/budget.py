"""The wall-clock budget of a whole job, shared out over its stages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

# What the end (bundle, samples, report) has of the whole, beside the stages' shares, which add up to about 1.
_ENDING = 0.15


def share_out(minutes: float | None, stages: Mapping[str, Any], trained: Sequence[str]) -> dict[str, float] | None:
    """Minutes that each of the ``trained`` stages may take at most, by its ``share``; None where there is no budget."""
    if minutes is None:
        return None
    shares = {name: float(stages[name].get("share", 1.0)) for name in trained}
    whole = sum(shares.values()) * (1 + _ENDING)
    return {name: minutes * share / whole for name, share in shares.items()}


class Clock:
    """Holds a job that ``began`` (by `time.monotonic`) to its ``whole`` minutes, preparation and validation included:
    what they take is taken off all stages that are still to come, by their ``minutes``."""

    def __init__(self, whole: float | None, minutes: Mapping[str, float] | None, began: float) -> None:
        self.whole, self.minutes = whole, minutes
        self._began = began

    def grant(self, stage: str) -> float | None:
        """Seconds that ``stage``, about to train, has from now on, at least one; None where there is no budget."""
        if self.whole is None or self.minutes is None:
            return None
        spent = time.monotonic() - self._began
        left = 60 * self.whole * (1 - _ENDING / (1 + _ENDING)) - spent
        stages = list(self.minutes)
        to_come = sum(self.minutes[name] for name in stages[stages.index(stage) :])
        return max(1.0, min(60 * self.minutes[stage], left * self.minutes[stage] / to_come))

    def left(self) -> float | None:
        """Seconds until the whole job is to be done; None where it may take as long as it takes."""
        return None if self.whole is None else max(0.0, 60 * self.whole - (time.monotonic() - self._began))
