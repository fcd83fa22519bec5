"""Run by itself: trains the tiny vocoder on two processes and leaves what each rank ended with in a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytorch_lightning as pl
import torch
from tiny_vocoder import Segments, task, trainer
from torch.utils.data import DataLoader, DistributedSampler

from voiceclone.data.batches import VocoderBatch


class Keep(pl.Callback):
    """Writes a rank's weights and the clips it saw."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clips: list[str] = []

    def on_train_batch_start(
        self, trainer: pl.Trainer, module: pl.LightningModule, batch: VocoderBatch, index: int
    ) -> None:
        self.clips += batch.ids

    def on_train_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        state = {"weights": module.state_dict(), "clips": self.clips, "steps": trainer.global_step}
        torch.save(state, self.folder / f"rank{trainer.global_rank}.pt")


class ByRank(pl.LightningDataModule):
    """Each rank its own batches, in order."""

    def train_dataloader(self) -> DataLoader[VocoderBatch]:
        data = Segments(4)
        return DataLoader(data, batch_size=None, sampler=DistributedSampler(data, shuffle=False))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    net = task(warmup_steps=1)
    torch.save(net.state_dict(), folder / "before.pt")
    # Forked, since parametrised networks cannot be pickled for a spawned process.
    fit = trainer(max_steps=2, devices=2, strategy="ddp_fork_find_unused_parameters_true", callbacks=[Keep(folder)])
    fit.fit(net, ByRank())
