"""The report's tables, as plain rows of words, for a page and for Markdown alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voiceclone.evaluation.clips import RECORDINGS
from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.results import Estimate, Judged, Results

ARROWS = {1: "↑", -1: "↓", 0: ""}
FEW = 8
"""Up to so many groups stand side by side as the columns of a breakdown, more below one another."""


@dataclass(frozen=True)
class Cell:
    """A mean as it is written, its interval, over how many clips (or ``unit``), and whether it is its row's best."""

    mean: str
    interval: str = ""
    n: int = 0
    best: bool = False
    unit: str = "clips"

    def __str__(self) -> str:
        mean = f"**{self.mean}**" if self.best else self.mean
        return f"{mean} ({self.interval})" if self.interval else mean


@dataclass(frozen=True)
class Table:
    """``rows``: name -> one cell a column. ``corner`` says what the rows are."""

    corner: str
    columns: list[str]
    rows: dict[str, list[Cell]]


def overview(results: Results) -> list[Table]:
    """All figures of all systems, the recordings last; apart, what only clips in step with recordings can have."""
    found = []
    for corner, in_step in (("In step with the recording", True), ("In any timing", False)):
        names = [name for name in results.metrics if (name in results.in_step) == in_step]
        rows = {heading(name, results): _row(name, results) for name in names}
        rows = {title: cells for title, cells in rows.items() if any(cell.n for cell in cells)}
        if rows:
            found.append(Table(corner, [judged.name for judged in results.judged], rows))
    return found


def breakdown(results: Results, judged: Judged, by: str) -> Table | None:
    """Figures by ``"speaker"`` or ``"emotion"``; None where there is but one."""
    groups = results.breakdown(judged, by)
    if not groups:
        return None
    names = [name for name in results.metrics if any(name in estimates for estimates in groups.values())]
    if len(groups) > FEW:
        rows = {group: [cell(name, found.get(name)) for name in names] for group, found in groups.items()}
        return Table(by, [heading(name, results) for name in names], rows)
    rows = {heading(name, results): [cell(name, found.get(name)) for found in groups.values()] for name in names}
    return Table("", list(groups), rows)


def heading(name: str, results: Results) -> str:
    """A figure's title, which way is better, and how far its judge can be believed where that is known."""
    title = f"{figure(name).title} {ARROWS[results.directions[name]]}".strip()
    own = results.judge_accuracy(name)
    return title if own is None else f"{title} (judge's own accuracy: {figure(name).write(own)})"


def cell(name: str, estimate: Estimate | None, best: bool = False) -> Cell:
    """An estimate as the figure is written."""
    if estimate is None:
        return Cell("–")
    written = figure(name)
    return Cell(written.write(estimate.mean), written.interval(estimate.low, estimate.high), estimate.n, best)


def opinions(listening: Mapping[str, Any]) -> Table:
    """Mean opinions of listeners: systems down, all clips and each emotion across."""
    columns = {"all": listening["systems"], **listening["emotions"]}
    rows = {name: [_opinion(found.get(name)) for found in columns.values()] for name in listening["systems"]}
    return Table("system", list(columns), rows)


def _opinion(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell("–")
    return Cell(f"{row['mean']:.2f}", f"{row['low']:.2f} to {row['high']:.2f}", row["n"], unit="ratings")


def gaps(results: Results) -> list[tuple[str, str, str, int]]:
    """(system, figure, reason, clips) for what could not be measured, the most frequent first in each system."""
    return [
        (judged.name, figure(name).title, reason, count)
        for judged in results.judged
        for (name, reason), count in judged.reasons().most_common()
        # That recordings are not held against themselves needs no word.
        if not (judged.name == RECORDINGS and reason.startswith("no recording"))
    ]


def speed(results: Results) -> dict[str, float]:
    """Clips per second and process by metric, where anything was measured."""
    seconds: dict[str, list[float]] = {}
    for judged in results.judged:
        for outcomes in judged.outcomes.values():
            for name, outcome in outcomes.items():
                if outcome.value is not None:
                    seconds.setdefault(figure(name).title, []).append(outcome.seconds)
    return {title: len(found) / sum(found) for title, found in seconds.items() if sum(found) > 0}


def _row(name: str, results: Results) -> list[Cell]:
    estimates = {judged.name: judged.estimate(name) for judged in results.judged}
    sign, systems = results.directions[name], [judged.name for judged in results.candidates]
    rivals = {system: sign * e.mean for system in systems if (e := estimates[system])}
    differ = len({figure(name).write(mean) for mean in rivals.values()}) > 1
    best = max(rivals, key=rivals.__getitem__) if sign and differ else None
    return [cell(name, estimate, system == best) for system, estimate in estimates.items()]


def flat(results: Results) -> Mapping[str, float]:
    """Every mean by name, for a logger or a sweep: ``<figure>``, or ``<system>/<figure>`` for several systems.

    The recordings' figures are there too, and how well the judge of emotions hears real speakers new to it.
    """
    alone = len(results.candidates) == 1
    found = {}
    for judged in results.judged:
        for name in results.metrics:
            if estimate := judged.estimate(name):
                plain = alone and judged.name != RECORDINGS
                found[name if plain else f"{judged.name}/{name}"] = estimate.mean
    own = {name: results.judge_accuracy(name) for name in results.metrics}
    return found | {f"{name}/of_the_judge": accuracy for name, accuracy in own.items() if accuracy is not None}
