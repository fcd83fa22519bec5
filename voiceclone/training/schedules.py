"""What changes with the number of steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from voiceclone.errors import ConfigError

Points = Sequence[Sequence[float]]
"""Pairs of a step and a value. A list, not a mapping, so that a config which gives one replaces another's."""


def staircase(points: Points, step: int) -> float:
    """The value of the last pair whose step is at or before ``step``; the first pair must say what holds from 0 on."""
    steps = [start for start, _ in points]
    if not steps or steps[0] != 0 or steps != sorted(steps):
        raise ConfigError(
            f"a schedule must begin at step 0 and go on in order, got {[list(point) for point in points]}."
        )
    return points[bisect_right(steps, step) - 1][1]


def ramp(points: Points, step: int) -> float:
    """Straight lines between the pairs, level before the first and after the last."""
    if not points:
        raise ConfigError("a schedule needs at least one step with its value.")
    points = sorted((start, value) for start, value in points)
    for (start, before), (end, after) in pairwise(points):
        if start <= step < end:
            return before + (after - before) * (step - start) / (end - start)
    return points[0][1] if step < points[0][0] else points[-1][1]


def warmup_and_decay(
    optimizer: Optimizer, warmup: int, decay_from: int, decay_to: int, lowest: float = 0.01
) -> LambdaLR:
    """Learning rate factor by step: rising for ``warmup`` steps, level, then falling exponentially from step
    ``decay_from`` to ``lowest`` at step ``decay_to`` and staying there."""

    def factor(step: int) -> float:
        falling = min(max((step - decay_from) / max(decay_to - decay_from, 1), 0.0), 1.0)
        return min((step + 1) / max(warmup, 1), 1.0) * lowest**falling

    return LambdaLR(optimizer, factor)
