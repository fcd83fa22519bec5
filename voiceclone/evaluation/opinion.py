"""What listeners would probably say of a voice, as far as there is time to ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voiceclone.metrics.clip import Unscorable
from voiceclone.metrics.dnsmos import PredictedMOS


@dataclass(frozen=True)
class Opinion:
    """Mean predicted opinion, 1 to 5, of ``n`` clips; NaN where none could be judged."""

    mean: float
    n: int


def opinions(
    groups: Mapping[str, Sequence[np.ndarray]], sample_rate: int, seconds_left: Callable[[], float | None]
) -> dict[str, Opinion]:
    """DNSMOS (overall) of groups of waves ``[L]``, by their names.

    The groups are heard in turns, a clip of each, so that where time runs out all have been heard alike; the first
    turn is always heard. Raises `ConfigError` where the package or its weights are missing.
    """
    judge = PredictedMOS(sample_rate)
    heard: dict[str, list[float]] = {name: [] for name in groups}
    took = 0.0
    for turn in range(max(map(len, groups.values()), default=0)):
        if turn and (left := seconds_left()) is not None and left < took:
            break
        began = time.monotonic()
        for name, waves in groups.items():
            heard[name] += [_rate(judge, wave) for wave in waves[turn : turn + 1]]
        took = time.monotonic() - began
    known = {name: [figure for figure in figures if not np.isnan(figure)] for name, figures in heard.items()}
    return {name: Opinion(float(np.mean(f)) if f else float("nan"), len(f)) for name, f in known.items()}


def _rate(judge: PredictedMOS, wave: np.ndarray) -> float:
    try:
        return judge.judge(wave)
    except Unscorable:
        return float("nan")
