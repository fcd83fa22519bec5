"""The point from which a stopped run goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl


class ResumePoint(pl.Callback):
    """Keeps ``<folder>/last.ckpt`` fresh: every ``every_minutes``, at the end, and when the run is stopped.

    The file is written beside and renamed, so a kill in the middle of writing leaves the point before it.
    """

    def __init__(self, folder: str, every_minutes: float = 5.0) -> None:
        self.path = Path(folder) / "last.ckpt"
        self.every_seconds = 60 * every_minutes
        self._saved_at = time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        due = time.monotonic() - self._saved_at >= self.every_seconds
        # Saving is collective: the ranks must agree although their clocks do not.
        if trainer.strategy.broadcast(due):
            self._save(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._save(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        # After an error inside the step, or on one rank of several, the state may be half updated or out of step.
        stopped_from_outside = isinstance(exception, KeyboardInterrupt) or "SIGTERM" in type(exception).__name__
        if stopped_from_outside and trainer.world_size == 1:
            self._save(trainer)

    def _save(self, trainer: pl.Trainer) -> None:
        temporary = self.path.with_suffix(".part")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            temporary.replace(self.path)
        trainer.strategy.barrier()
        self._saved_at = time.monotonic()
