"""A study at a glance: how its values came down, and what each setting had to do with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipes.sweeps.table import short_names

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from recipes.sweeps.space import Setting
    from recipes.sweeps.study import Study

_COLUMNS = 3


def draw_study(study: Study, metric: str, space: Mapping[str, Setting], path: Path) -> None:
    """Write a PNG: the value of each trial with the best so far, then the value against each setting."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    trials = [trial for trial in study.finished() if trial.value is not None]
    rows = math.ceil((1 + len(space)) / _COLUMNS)
    figure = Figure(figsize=(4.2 * _COLUMNS, 3.2 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels: list[Any] = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    better = max if study.record.direction.name == "MAXIMIZE" else min
    _draw_progress(panels[0], trials, better)
    for axes, name, setting in zip(panels[1:], short_names(list(space)), space.values(), strict=False):
        _draw_setting(axes, trials, name, setting)
    for axes in panels[1 + len(space) :]:
        axes.set_axis_off()
    for number, axes in enumerate(panels[: 1 + len(space)]):
        axes.set_ylabel("" if number % _COLUMNS else metric)
        axes.grid(alpha=0.3)
    temporary = path.with_suffix(".part")
    figure.savefig(temporary, dpi=110, format="png")
    temporary.replace(path)


def _draw_progress(axes: Any, trials: Sequence[FrozenTrial], better: Any) -> None:
    complete = [trial for trial in trials if trial.state.name == "COMPLETE"]
    best = list(accumulate((trial.value for trial in complete), better))
    axes.step([trial.number for trial in complete], best, where="post", color="tab:orange", label="best so far")
    _scatter(axes, [trial.number for trial in trials], trials)
    axes.set_xlabel("trial")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(fontsize="small")


def _draw_setting(axes: Any, trials: Sequence[FrozenTrial], name: str, setting: Setting) -> None:
    values = [trial.params[setting.key] for trial in trials]
    if setting.spec["type"] == "choice":
        choices = setting.choices
        axes.set_xticks(range(len(choices)), [str(choice) for choice in choices])
        axes.set_xlim(-0.5, len(choices) - 0.5)
        values = [choices.index(value) for value in values]
    else:
        low, high = setting.ends()
        _scale(axes, low, high, setting.log)
    _scatter(axes, values, trials)
    axes.set_xlabel(name)


def _scale(axes: Any, low: float, high: float, log: bool) -> None:
    """The whole range that was searched, so that what was not tried is seen too."""
    from matplotlib.ticker import LogLocator, NullFormatter

    if not log:
        axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
        return
    axes.set_xscale("log")
    axes.set_xlim(low * (low / high) ** 0.03, high * (high / low) ** 0.03)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 100 else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _scatter(axes: Any, x: Sequence[Any], trials: Sequence[FrozenTrial]) -> None:
    looks = {"COMPLETE": ("o", "tab:blue", "finished"), "PRUNED": ("x", "tab:gray", "given up")}
    for state, (marker, colour, label) in looks.items():
        points = [(place, trial.value) for place, trial in zip(x, trials, strict=True) if trial.state.name == state]
        if points:
            axes.scatter(*zip(*points, strict=True), marker=marker, color=colour, label=label, zorder=3)
