"""What came of an evaluation, and the figures that are drawn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from voiceclone.evaluation.clips import RECORDINGS, Clip, System
from voiceclone.evaluation.judging import Outcome
from voiceclone.evaluation.statistics import bootstrap, proportion

SHARES = ("emotion_accuracy", "silent")
"""Figures that are hits out of trials."""


@dataclass(frozen=True)
class Estimate:
    """A mean over ``n`` clips and its 95 % interval; NaN bounds where one clip is all there is."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Judged:
    """A system, and by clip id and metric what the judges said."""

    system: System
    outcomes: Mapping[str, Mapping[str, Outcome]]

    @property
    def name(self) -> str:
        return self.system.name

    def estimate(self, metric: str, wanted: Callable[[Clip], bool] = lambda clip: True) -> Estimate | None:
        """The mean over the wanted clips that have a value; None if none has."""
        found = [self.outcomes[clip.id][metric] for clip in self.system.clips if wanted(clip)]
        pairs = np.array([(o.value, o.weight) for o in found if o.value is not None], dtype=float).reshape(-1, 2)
        if not len(pairs):
            return None
        values, weights = pairs.T
        spread = proportion(values.sum(), len(values)) if metric in SHARES else bootstrap(values, weights)
        return Estimate(*spread, n=len(values))

    def values(self, metric: str) -> dict[str, float]:
        """Value by clip id, where there is one."""
        outcomes = ((clip.id, self.outcomes[clip.id][metric].value) for clip in self.system.clips)
        return {clip_id: value for clip_id, value in outcomes if value is not None}

    def observed(self, metric: str) -> dict[str, Any]:
        """What the metric heard, by clip id; empty if it was not asked."""
        outcomes = ((clip.id, self.outcomes[clip.id].get(metric)) for clip in self.system.clips)
        return {clip_id: o.observed for clip_id, o in outcomes if o is not None and o.observed is not None}

    def reasons(self) -> Counter[tuple[str, str]]:
        """How many clips a metric could not score, by metric and reason."""
        return Counter((m, o.reason) for by in self.outcomes.values() for m, o in by.items() if o.reason is not None)


@dataclass(frozen=True)
class Results:
    """All systems, judged. ``directions``: 1 where higher is better, -1 where lower is, 0 where neither."""

    judged: tuple[Judged, ...]
    directions: Mapping[str, int]
    missing: Mapping[str, str]
    """Metrics that could not run at all, and why."""
    sample_rate: int
    remarks: tuple[str, ...] = ()
    in_step: frozenset[str] = frozenset()
    """Metrics that compare sample by sample, and need clips in the timing of their recordings."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """What else is known about the judges: the emotion classifier's own accuracy, a listening test."""

    @property
    def metrics(self) -> list[str]:
        return list(self.directions)

    @property
    def candidates(self) -> list[Judged]:
        """The systems without the recordings."""
        return [judged for judged in self.judged if judged.name != RECORDINGS]

    @property
    def recordings(self) -> Judged | None:
        return next((judged for judged in self.judged if judged.name == RECORDINGS), None)

    def judge_accuracy(self, metric: str) -> float | None:
        """How often the judge behind a figure is right about real speakers whom it never heard, if it is a judge."""
        own = self.extras.get("emotion_judge", {}).get("held_out") if metric == "emotion_accuracy" else None
        return None if own is None else float(own["accuracy"])

    def breakdown(self, judged: Judged, by: str) -> dict[str, dict[str, Estimate]]:
        """Estimates by ``"speaker"`` or ``"emotion"`` and metric; empty unless there are two groups or more."""
        groups = sorted({group for clip in judged.system.clips if (group := getattr(clip.labels, by)) is not None})
        if len(groups) < 2:
            return {}
        return {group: _estimates(judged, self.metrics, by, group) for group in groups}

    def worst(self, judged: Judged, count: int = 10) -> list[Clip]:
        """The clips that stand lowest on average over all figures, worst first."""
        directed = {name: sign for name, sign in self.directions.items() if sign}
        places = _mean_places(judged, directed)
        clips = {clip.id: clip for clip in judged.system.clips}
        return [clips[clip_id] for clip_id in sorted(places, key=places.__getitem__)[:count]]


def _estimates(judged: Judged, metrics: Iterable[str], by: str, group: str) -> dict[str, Estimate]:
    found = {name: judged.estimate(name, lambda clip: getattr(clip.labels, by) == group) for name in metrics}
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def _mean_places(judged: Judged, directed: Mapping[str, int]) -> dict[str, float]:
    """Mean rank of each clip over all figures, from 0 for the worst to 1 for the best; ties share theirs."""
    places: dict[str, list[float]] = {}
    for metric, sign in directed.items():
        values = judged.values(metric)
        ordered = np.sort([sign * value for value in values.values()])
        for clip_id, value in values.items():
            below, up_to = np.searchsorted(ordered, sign * value), np.searchsorted(ordered, sign * value, "right")
            places.setdefault(clip_id, []).append(float(below + up_to) / (2 * len(ordered)))
    return {clip_id: float(np.mean(found)) for clip_id, found in places.items()}
