"""What came of a study: its trials as a table, in the terminal and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial
    from rich.table import Table

    from recipes.sweeps.study import Study

_STATES = {"COMPLETE": "finished", "PRUNED": "given up", "RUNNING": "running", "FAIL": "failed"}


def state_of(trial: FrozenTrial) -> str:
    return _STATES.get(trial.state.name, trial.state.name.lower())


def ranked(study: Study) -> list[FrozenTrial]:
    """All trials, best first: the finished ones, those given up, then those without a value."""
    sign = -1 if study.record.direction.name == "MAXIMIZE" else 1
    order = list(_STATES)

    def rank(trial: FrozenTrial) -> tuple[int, float, int]:
        value = float("inf") if trial.value is None else sign * trial.value
        return order.index(trial.state.name), value, trial.number

    return sorted(study.record.get_trials(deepcopy=False), key=rank)


def settings_of(trial: FrozenTrial) -> str:
    """``lr=0.001 width=64``."""
    names = short_names(list(trial.params))
    return " ".join(f"{name}={text(value)}" for name, value in zip(names, trial.params.values(), strict=True))


def results_table(study: Study, metric: str) -> Table:
    """The ranked trials for the terminal; a given-up trial's value is the last it reached, at ``step``."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("trial", metric, "step", "", "settings", box=SIMPLE_HEAD, title=str(study.folder))
    for column in table.columns[:3]:
        column.justify, column.no_wrap = "right", True
    best = study.best()
    for trial in ranked(study):
        step = "" if trial.last_step is None else str(trial.last_step)
        style = "bold" if best is not None and trial.number == best.number else None
        table.add_row(str(trial.number), text(trial.value), step, state_of(trial), settings_of(trial), style=style)
    return table


def write_csv(study: Study, metric: str, keys: Sequence[str], path: Path) -> None:
    """The ranked trials with their whole names, their runs' folders and what went wrong."""
    temporary = path.with_suffix(".part")
    with temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["trial", "state", metric, "step", *keys, "folder", "error"])
        for trial in ranked(study):
            values = [trial.params.get(key) for key in keys]
            folder, error = study.trial_folder(trial.number), trial.user_attrs.get("error")
            writer.writerow([trial.number, state_of(trial), trial.value, trial.last_step, *values, folder, error])
    temporary.replace(path)


def short_names(keys: Sequence[str]) -> list[str]:
    """The shortest endings of the keys that still tell them apart: ``lr``, ``encoder.dropout``, ``postnet.dropout``."""
    return [next(end for end in _endings(key) if _single(end, keys)) for key in keys]


def _endings(key: str) -> Iterable[str]:
    parts = key.split(".")
    return (".".join(parts[-length:]) for length in range(1, len(parts) + 1))


def _single(end: str, keys: Sequence[str]) -> bool:
    return sum(key == end or key.endswith(f".{end}") for key in keys) == 1 or end in keys


def text(value: Any) -> str:
    """Four digits are enough to tell trials apart."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
