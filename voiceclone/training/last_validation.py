"""Figures at the end, however short the training was."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl


class LastValidation(pl.Callback):
    """Has the last of ``max_steps`` validated.

    Lightning does so where the clock or a callback stops a training, but where its steps are used up it just ends:
    fewer of them than lie between two validations would leave nothing to judge by.
    """

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        if 0 <= trainer.max_steps <= trainer.global_step:
            trainer.should_stop = True
