"""Where a stopped run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from voiceclone.training.resume_point import ResumePoint


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
        max_steps=6,
        callbacks=[ResumePoint(str(folder), every_minutes=settings.pop("every_minutes", 60))],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
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
