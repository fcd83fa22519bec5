"""Telling somebody outside how a run gets on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytorch_lightning as pl

from voiceclone.errors import ConfigError


class ReportMetric(pl.Callback):
    """Calls ``report(step, value)`` with the metric ``name`` after every validation.

    What ``report`` raises ends the run. Raises `ConfigError` at the first validation that does not measure ``name``.
    """

    def __init__(self, name: str, report: Callable[[int, float], None]) -> None:
        self.name, self.report = name, report

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.sanity_checking:
            self.report(trainer.global_step, value_of(trainer.callback_metrics, self.name))


def value_of(metrics: Mapping[str, Any], name: str) -> float:
    """The figure ``name`` among ``metrics``; raises `ConfigError` that lists what was measured."""
    if name not in metrics:
        validated = sorted(key for key in metrics if key.startswith("validation/"))
        raise ConfigError(
            f"optimized_metric={name}: the run does not log it. It logs {', '.join(validated or sorted(metrics))}."
            + ("" if validated else " It was never validated: lower trainer.val_check_interval, or train longer.")
        )
    return float(metrics[name])
