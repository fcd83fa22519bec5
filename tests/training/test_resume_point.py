"""Where a stopped run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from voiceclone.training.last_validation import LastValidation
from voiceclone.training.resume_point import ResumePoint
from voiceclone.training.step_seed import StepSeed


class Line(pl.LightningModule):
    """Fits a line; stops itself from outside at a given step."""

    def __init__(self, stop_at: int | None = None, error: type[BaseException] = KeyboardInterrupt) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.stop_at, self.error = stop_at, error

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        if self.global_step == self.stop_at:
            raise self.error()
        return (self.layer(batch[0]) - 2 * batch[0]).square().mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def trainer(folder: Path, **settings: Any) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",
        max_steps=settings.pop("max_steps", 6),
        callbacks=[
            *settings.pop("callbacks", []),
            ResumePoint(str(folder), every_minutes=settings.pop("every_minutes", 60)),
        ],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        **settings,
    )


def batches() -> DataLoader:
    return DataLoader(TensorDataset(torch.ones(6, 1)), batch_size=1)


def saved_step(folder: Path) -> int:
    return torch.load(folder / "last.ckpt", weights_only=True)["global_step"]


def test_the_end_of_training_is_kept(tmp_path: Path) -> None:
    trainer(tmp_path).fit(Line(), batches())
    assert saved_step(tmp_path) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]


def test_a_run_stopped_by_its_user_keeps_the_step_it_had_reached(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        trainer(tmp_path).fit(Line(stop_at=3), batches())
    assert saved_step(tmp_path) == 3
    trainer(tmp_path).fit(Line(), batches(), ckpt_path=str(tmp_path / "last.ckpt"))
    assert saved_step(tmp_path) == 6


def test_an_error_inside_a_step_leaves_the_last_sound_point(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        trainer(tmp_path, every_minutes=0).fit(Line(stop_at=3, error=ZeroDivisionError), batches())
    assert saved_step(tmp_path) == 3
    with pytest.raises(ZeroDivisionError):
        trainer(tmp_path / "fresh").fit(Line(stop_at=3, error=ZeroDivisionError), batches())
    assert not (tmp_path / "fresh" / "last.ckpt").exists()


class Noisy(Line):
    """Draws random numbers in its step, and gathers gradients over two batches if asked to."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.drawn: list[float] = []

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        self.drawn.append(torch.rand(()).item())
        return super().training_step(batch, index)


def test_a_larger_budget_goes_on_in_the_middle_of_the_epoch_as_if_there_had_been_no_end(tmp_path: Path) -> None:
    seen = []
    for budgets in ((5,), (2, 5)):
        folder, curve = tmp_path / str(len(budgets)), []
        for steps in budgets:
            net, last = Noisy(), folder / "last.ckpt"
            fit = trainer(folder, max_steps=steps, callbacks=[StepSeed(3), LastValidation()])
            fit.fit(net, batches(), ckpt_path=str(last) if last.is_file() else None)
            curve += net.drawn
        assert torch.load(folder / "last.ckpt", weights_only=True)["epoch"] == 0
        seen.append(curve)
    assert seen[0] == seen[1]
    assert len(set(seen[0])) == 5


def test_the_steps_of_a_stopped_run_are_as_random_as_without_a_stop(tmp_path: Path) -> None:
    whole = Noisy()
    trainer(tmp_path / "whole", callbacks=[StepSeed(3)]).fit(whole, batches())
    stopped = Noisy(stop_at=3)
    with pytest.raises(SystemExit):
        trainer(tmp_path, callbacks=[StepSeed(3)]).fit(stopped, batches())
    rest = Noisy()
    trainer(tmp_path, callbacks=[StepSeed(3)]).fit(rest, batches(), ckpt_path=str(tmp_path / "last.ckpt"))
    assert stopped.drawn[:3] + rest.drawn == whole.drawn


def test_a_point_lies_between_two_steps_not_inside_one(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        trainer(tmp_path, every_minutes=0, accumulate_grad_batches=2).fit(AtBatch(3, ZeroDivisionError), batches())
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["global_step"] == 1
    batch = torch.load(tmp_path / "last.ckpt", weights_only=True)["loops"]["fit_loop"]["epoch_loop.batch_progress"]
    assert batch["current"]["processed"] == 2


class AtBatch(Line):
    """Fails at a given batch."""

    def __init__(self, number: int, error: type[BaseException]) -> None:
        super().__init__()
        self.number, self.failure = number, error

    def training_step(self, batch: list[Tensor], index: int) -> Tensor:
        if index == self.number:
            raise self.failure()
        return super().training_step(batch, index)


class Judged(Line):
    def validation_step(self, batch: list[Tensor], index: int) -> None:
        self.log("validation/loss", self.layer(batch[0]).square().mean())


def test_a_training_shorter_than_the_time_between_validations_is_validated_all_the_same(tmp_path: Path) -> None:
    fit = trainer(tmp_path, max_steps=2, callbacks=[LastValidation()], val_check_interval=1.0)
    fit.fit(Judged(), batches(), batches())
    assert "validation/loss" in fit.callback_metrics
