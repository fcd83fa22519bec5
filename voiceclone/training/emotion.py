"""Training the emotion classifier that the acoustic model learns under; evaluation never uses this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.data.batches import AcousticBatch
from voiceclone.losses.conditioning import label_loss
from voiceclone.models.emotion.classifier import EmotionClassifier

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]


class EmotionClassifierTask(pl.LightningModule):
    """Cross entropy on recorded mels. ``classifier`` are the settings of an `EmotionClassifier`, kept in the checkpoint
    so that it can be built from that alone. While training, whole mels are shifted in level by up to ``level_shift``
    (natural log), so that loudness, which differs between corpora, tells nothing."""

    def __init__(
        self,
        contract: AudioContract,
        classifier: Mapping[str, Any],
        optimizer: MakeOptimizer,
        level_shift: float = 1.0,
    ) -> None:
        super().__init__()
        self.contract = contract
        self.settings = {"n_mels": contract.n_mels, **classifier}
        self.classifier = EmotionClassifier(**self.settings)
        self.make_optimizer = optimizer
        self.level_shift = level_shift

    def forward(self, mel: Tensor, lengths: Tensor) -> Tensor:
        return self.classifier(mel, lengths)

    def training_step(self, batch: AcousticBatch, batch_idx: int) -> Tensor:
        shift = (torch.rand(len(batch.mel), 1, 1, device=batch.mel.device) * 2 - 1) * self.level_shift
        return self._step("train", batch, batch.mel + shift)

    def validation_step(self, batch: AcousticBatch, batch_idx: int) -> None:
        self._step("validation", batch, batch.mel)

    def _step(self, stage: str, batch: AcousticBatch, mel: Tensor) -> Tensor:
        logits = self(mel, batch.mel_lengths)
        loss = label_loss(logits, batch.emotion)
        right = (logits.argmax(dim=1) == batch.emotion)[batch.emotion >= 0]
        # Every clip that has a label counts once, so a batch without any counts for nothing.
        figures = {f"{stage}/emotion": loss.detach(), f"{stage}/accuracy": right.sum() / max(len(right), 1)}
        self.log_dict(figures, batch_size=len(right), sync_dist=stage == "validation")
        return loss

    def configure_optimizers(self) -> Optimizer:
        return self.make_optimizer(self.parameters())

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["audio"] = self.contract.to_dict()
        checkpoint["classifier"] = {key: _plain(value) for key, value in self.settings.items()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = AudioContract.from_dict(checkpoint["audio"])
        require_compatible(saved, self.contract, "the checkpoint", "the configuration")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (list, tuple)) else value
