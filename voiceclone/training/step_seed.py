"""Randomness that does not remember."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch


class StepSeed(pl.Callback):
    """Every batch draws its dropout, and whatever else is random in its step, from ``seed`` and its own number.

    So a run that was stopped goes on as if it had not been: there is no state of a generator to be kept, on however
    many ranks, and nothing that happens between two steps, such as a validation, shifts what comes after.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        total: Any = trainer.fit_loop.epoch_loop.batch_progress.total
        drawn = np.random.SeedSequence([self.seed, trainer.global_rank, total.processed]).generate_state(1, np.uint64)
        torch.manual_seed(int(drawn[0] >> 1))
