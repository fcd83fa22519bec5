"""The wall-clock budget of a whole job, shared out over its stages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

# What the end of the job (bundle, samples, report) has of the whole, beside the stages' shares, which add up to about 1.
_ENDING = 0.15


def share_out(minutes: float | None, stages: Mapping[str, Any], trained: list[str]) -> dict[str, float] | None:
    """Minutes of each of the ``trained`` stages by their ``share``; None where there is no budget."""
    if minutes is None:
        return None
    shares = {name: float(stages[name].get("share", 1.0)) for name in trained}
    whole = sum(shares.values()) * (1 + _ENDING)
    return {name: minutes * share / whole for name, share in shares.items()}


class Clock:
    """Holds the stages to their minutes, preparation and validation included.

    What a stage took beyond its part is taken off those after it, so that the whole ends when it should; a part that
    is not used up is not handed on.
    """

    def __init__(self, minutes: Mapping[str, float] | None) -> None:
        self.minutes = minutes
        self._owed = 0.0
        self._began = time.monotonic()

    def begin(self) -> None:
        """The next stage starts now."""
        self._began = time.monotonic()

    def end(self, stage: str) -> None:
        """``stage`` is over; what it took too long is owed by the next."""
        if self.minutes is not None:
            self._owed = max(0.0, -self._left(stage))

    def left(self, stage: str) -> float | None:
        """Seconds left for the training of ``stage``, at least one; None where there is no budget."""
        return None if self.minutes is None else max(1.0, self._left(stage))

    def _left(self, stage: str) -> float:
        assert self.minutes is not None
        return 60 * self.minutes[stage] - self._owed - (time.monotonic() - self._began)
