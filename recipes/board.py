"""All stages of a job on one screen: what each may take, how far it is, and how it goes."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Timer
from rich.console import Console
from rich.live import Live
from rich.table import Table

# Where nobody watches a screen, a line this often is enough.
_SECONDS_BETWEEN_LINES = 30.0
_LOSSES = ("train/total", "train/loss", "train/emotion")


@dataclass
class Row:
    """One stage: ``budget`` in words, and where it stands."""

    experiment: str
    budget: str
    state: str = "waiting"
    step: int | None = None
    loss: float | None = None
    seconds: float | None = None
    left: float | None = None


class Board:
    """The stages of a job by name. On a terminal a table that is drawn over and over while a stage trains; elsewhere,
    as in CI, a line now and then."""

    def __init__(self, title: str, rows: dict[str, Row]) -> None:
        self.title, self.rows = title, rows
        self.watched = sys.stderr.isatty()
        self._live: Live | None = None

    def show(self) -> None:
        """Print the table once, to stay."""
        Console(stderr=self.watched, width=None if self.watched else 110).print(self.__rich__())

    def follow(self, stage: str) -> pl.Callback:
        """The callback that keeps the row of ``stage`` while it trains, by the trainer's own timer."""
        return _Follower(self, stage)

    def start(self) -> None:
        """Draw the table from now on."""
        if self.watched and self._live is None:
            self._live = Live(self, console=Console(stderr=True), refresh_per_second=2, transient=True)
            self._live.start()

    def stop(self) -> None:
        """Draw no more: what prints lines of its own comes next."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __rich__(self) -> Table:
        table = Table("stage", "experiment", "budget", "state", title=self.title, title_justify="left")
        for heading in ("step", "loss", "took", "left"):
            table.add_column(heading, justify="right")
        for name, row in self.rows.items():
            loss = "" if row.loss is None else f"{row.loss:.3f}"
            step = "" if row.step is None else f"{row.step:,}"
            cells = (row.experiment, row.budget, row.state, step, loss, clock(row.seconds), clock(row.left))
            table.add_row(name, *cells, style="bold" if row.state == "training" else None)
        return table


class _Follower(pl.Callback):
    """Takes step, loss and time from the trainer into a row of the board."""

    def __init__(self, board: Board, stage: str) -> None:
        self.board, self.stage = board, stage
        self.row = board.rows[stage]
        self._began = self._told = time.monotonic()
        self._first_step = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._began = self._told = time.monotonic()
        self._first_step = trainer.global_step
        self.row.state = "training"
        self.board.start()

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        now = time.monotonic()
        if now - self._told < (0.5 if self.board.watched else _SECONDS_BETWEEN_LINES):
            return
        self._told = now
        self._read(trainer)
        if not self.board.watched and trainer.is_global_zero:
            print(f"   {self.stage}: {self._words()}", flush=True)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._read(trainer)
        self.row.state, self.row.left = "stopped" if trainer.interrupted else "trained", None
        self.board.stop()
        if trainer.is_global_zero:
            print(f"   {self.stage}: {self.row.state}, {self._words()}", flush=True)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self.board.stop()

    def _read(self, trainer: pl.Trainer) -> None:
        row, metrics = self.row, trainer.callback_metrics
        row.step, row.seconds = trainer.global_step, _timer(trainer).time_elapsed()
        row.loss = next((float(metrics[name]) for name in _LOSSES if name in metrics), row.loss)
        row.left = self._left(trainer)

    def _left(self, trainer: pl.Trainer) -> float | None:
        """Seconds until the budget is spent, or the last step is made, whichever comes first."""
        ends = [_timer(trainer).time_remaining()]
        done = trainer.global_step - self._first_step
        if trainer.max_steps > 0 and done:
            ends.append((trainer.max_steps - trainer.global_step) * (time.monotonic() - self._began) / done)
        known = [end for end in ends if end is not None]
        return max(0.0, min(known)) if known else None

    def _words(self) -> str:
        row = self.row
        words = [f"step {row.step:,}", "" if row.loss is None else f"loss {row.loss:.3f}", clock(row.seconds)]
        words += [] if row.left is None else [f"{clock(row.left)} left"]
        return ", ".join(word for word in words if word)


def _timer(trainer: pl.Trainer) -> Timer:
    """What the training is held to its budget by; it counts what a run that goes on has already spent."""
    return next(callback for callback in trainer.callbacks if isinstance(callback, Timer))  # type: ignore[attr-defined]


def clock(seconds: float | None) -> str:
    """``1:05`` or ``2:03:04``; empty for None."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
