"""Systems in, results out: what is in the cache is taken from there, the rest is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceclone.evaluation.cache import OutcomeCache, outcome_key
from voiceclone.evaluation.clips import Clip, System, lowest_rate
from voiceclone.evaluation.judging import Outcome, build_metrics, obstacle
from voiceclone.evaluation.matching import Matched
from voiceclone.evaluation.pool import judge_all
from voiceclone.evaluation.results import Judged, Results
from voiceclone.metrics.clip import ClipMetric

Advance = Callable[[int, int], None]
"""Told (clips done, clips to do) whenever a clip is finished."""


def evaluate(
    matched: Matched,
    settings: Mapping[str, Any],
    cache_path: Path,
    processes: int = 1,
    sample_rate: int | None = None,
    advance: Advance = lambda done, todo: None,
) -> Results:
    """Judge all clips of all systems.

    ``settings``: metric name -> mapping with a ``_target_``. All audio is compared at ``sample_rate``, or at the lowest
    rate among the clips. Metrics that cannot run are told in `Results.missing`.
    """
    rate = sample_rate or lowest_rate(matched.systems)
    metrics, missing = build_metrics(settings, rate)
    desk = Desk(metrics, settings, OutcomeCache(cache_path))
    outcomes = {(s.name, clip.id): desk.known(s, clip) for s in matched.systems for clip in s.clips}
    todo = [(s.name, clip) for s in matched.systems for clip in s.clips if desk.left(outcomes[s.name, clip.id])]
    jobs = [(clip, desk.left(outcomes[name, clip.id])) for name, clip in todo]
    advance(0, len(jobs))
    usable = {name: settings[name] for name in metrics}
    for done, (index, found) in enumerate(judge_all(jobs, usable, rate, processes), 1):
        name, clip = todo[index]
        desk.keep(clip, found)
        outcomes[name, clip.id].update(found)
        advance(done, len(jobs))
    judged = (Judged(s, {clip.id: outcomes[s.name, clip.id] for clip in s.clips}) for s in matched.systems)
    directions = {name: _direction(metric) for name, metric in metrics.items()}
    in_step = frozenset(name for name, metric in metrics.items() if metric.same_timing)
    return Results(tuple(judged), directions, missing, rate, matched.remarks, in_step)


@dataclass(frozen=True)
class Desk:
    """The judges at work, and where their findings are kept."""

    metrics: Mapping[str, ClipMetric]
    settings: Mapping[str, Any]
    cache: OutcomeCache

    def known(self, system: System, clip: Clip) -> dict[str, Outcome]:
        """Outcomes that need no work: found earlier, or not to be had for this clip."""
        found = {}
        for name, metric in self.metrics.items():
            reason = obstacle(metric, clip, system.same_timing)
            outcome = Outcome(reason=reason) if reason else self.cache.get(self._key(clip, name))
            if outcome is not None:
                found[name] = outcome
        return found

    def left(self, known: Mapping[str, Outcome]) -> tuple[str, ...]:
        """The metrics that have yet to judge."""
        return tuple(name for name in self.metrics if name not in known)

    def keep(self, clip: Clip, found: Mapping[str, Outcome]) -> None:
        """Write new outcomes to the cache."""
        self.cache.add({self._key(clip, name): outcome for name, outcome in found.items()})

    def _key(self, clip: Clip, name: str) -> str:
        return outcome_key(clip, self.metrics[name], self.settings[name])


def _direction(metric: ClipMetric) -> int:
    return 0 if metric.higher_is_better is None else 1 if metric.higher_is_better else -1
