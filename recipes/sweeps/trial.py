"""One trial of a sweep: a training run that is watched at every validation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from omegaconf import DictConfig

if TYPE_CHECKING:
    import optuna


def run_trial(trial: optuna.Trial, cfg: DictConfig, metric: str, grace: int) -> float:
    """Train with ``cfg``; the value of ``metric`` at the last validation.

    Raises `optuna.TrialPruned` where the trial is hopeless after ``grace`` validations or has diverged, `ConfigError`
    where the run does not log ``metric``.
    """
    import optuna

    from recipes.train import train_stage
    from voiceclone.training.report_metric import ReportMetric, value_of

    frozen = trial.study.get_trials(deepcopy=False)[trial.number]
    known = set(frozen.intermediate_values)  # where the trial was cut off and goes on

    def report(step: int, value: float) -> None:
        if not math.isfinite(value):
            raise optuna.TrialPruned
        if step not in known:
            trial.report(value, step)
            known.add(step)
        if len(known) > grace and trial.should_prune():
            raise optuna.TrialPruned

    value = value_of(train_stage(cfg, [ReportMetric(metric, report)]), metric)
    if not math.isfinite(value):
        raise optuna.TrialPruned
    return value
