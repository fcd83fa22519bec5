"""The point from which a stopped run goes on."""

from __future__ import annotations

import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytorch_lightning as pl


class ResumePoint(pl.Callback):
    """Keeps ``<folder>/last.ckpt`` fresh: every ``every_minutes``, at the end, and when the run is stopped.

    The file is written beside and renamed, so a kill in the middle of writing leaves the point before it. It lies
    between two steps, never between the batches whose gradients make up one. And where a budget ends a training in
    the middle of an epoch, for which Lightning closes the epoch, a larger budget still finds the batches that are
    left of it.
    """

    def __init__(self, folder: str, every_minutes: float = 5.0) -> None:
        self.path = Path(folder) / "last.ckpt"
        self.every_seconds = 60 * every_minutes
        self._saved_at = time.monotonic()
        self._inside_a_step = False
        self._end: tuple[int, dict[str, Any]] | None = None

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        gathered = max(trainer.accumulate_grad_batches, getattr(pl_module, "accumulate", 1))
        self._inside_a_step = (batch_idx + 1) % gathered != 0 and not trainer.is_last_batch
        over = trainer.should_stop or 0 <= trainer.max_steps <= trainer.global_step
        self._end = None
        if over and not trainer.is_last_batch:
            self._end = trainer.current_epoch, deepcopy(trainer.fit_loop.state_dict())
        due = time.monotonic() - self._saved_at >= self.every_seconds and not self._inside_a_step
        # Saving is collective: the ranks must agree although their clocks do not.
        if trainer.strategy.broadcast(due):
            self._save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._save(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        # After an error inside the step, or on one rank of several, the state may be half updated or out of step.
        stopped_from_outside = isinstance(exception, KeyboardInterrupt) or "SIGTERM" in type(exception).__name__
        if stopped_from_outside and trainer.world_size == 1 and not self._inside_a_step:
            self._save(trainer)

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        if self._end is not None:
            checkpoint["epoch"], checkpoint["loops"]["fit_loop"] = self._end

    def _save(self, trainer: pl.Trainer) -> None:
        temporary = self.path.with_suffix(".part")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            temporary.replace(self.path)
        trainer.strategy.barrier()
        self._saved_at = time.monotonic()
