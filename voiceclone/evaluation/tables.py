"""The report's tables, as plain rows of words, for a page and for Markdown alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voiceclone.evaluation.clips import RECORDINGS
from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.results import Estimate, Judged, Results

ARROWS = {1: "↑", -1: "↓", 0: ""}


@dataclass(frozen=True)
class Cell:
    """A mean as it is written, its interval, over how many clips, and whether it is the best of its row."""

    mean: str
    interval: str = ""
    n: int = 0
    best: bool = False

    def __str__(self) -> str:
        mean = f"**{self.mean}**" if self.best else self.mean
        return f"{mean} ({self.interval})" if self.interval else mean


@dataclass(frozen=True)
class Table:
    """``rows``: name -> one cell a column. ``corner`` says what the rows are."""

    corner: str
    columns: list[str]
    rows: dict[str, list[Cell]]


def overview(results: Results) -> Table:
    """All figures of all systems; the recordings stand last."""
    rows = {}
    for name in results.metrics:
        cells = _row(name, results)
        if any(cell.n for cell in cells):
            rows[heading(name, results)] = cells
    return Table("", [judged.name for judged in results.judged], rows)


def breakdown(results: Results, judged: Judged, by: str) -> Table | None:
    """Figures by ``"speaker"`` or ``"emotion"``; None where there is but one."""
    groups = results.breakdown(judged, by)
    if not groups:
        return None
    names = [name for name in results.metrics if any(name in estimates for estimates in groups.values())]
    rows = {group: [cell(name, estimates.get(name)) for name in names] for group, estimates in groups.items()}
    return Table(by, [heading(name, results) for name in names], rows)


def heading(name: str, results: Results) -> str:
    """A figure's title and which way is better."""
    return f"{figure(name).title} {ARROWS[results.directions[name]]}".strip()


def cell(name: str, estimate: Estimate | None, best: bool = False) -> Cell:
    """An estimate as the figure is written."""
    if estimate is None:
        return Cell("–")
    write = figure(name).write
    interval = f"{write(estimate.low)} to {write(estimate.high)}" if estimate.low == estimate.low else ""
    return Cell(write(estimate.mean), interval, estimate.n, best)


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
    best = max(rivals, key=rivals.__getitem__) if sign and len(rivals) > 1 else None
    return [cell(name, estimate, system == best) for system, estimate in estimates.items()]


def flat(results: Results) -> Mapping[str, float]:
    """Every mean by name, for a logger or a sweep: ``<figure>``, or ``<system>/<figure>`` for several systems."""
    alone = len(results.candidates) == 1
    found = {}
    for judged in results.candidates:
        for name in results.metrics:
            if estimate := judged.estimate(name):
                found[name if alone else f"{judged.name}/{name}"] = estimate.mean
    return found
