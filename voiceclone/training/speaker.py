"""Training a speaker encoder: partial utterances in, one loss over speakers, verification of speakers never heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics.utilities.data import dim_zero_cat

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.data.batches import SpeakerBatch
from voiceclone.data.collate import silence
from voiceclone.errors import ContractMismatch
from voiceclone.metrics.eer import EqualErrorRate
from voiceclone.models.speaker.partials import average, cut, embed_partials, window_starts
from voiceclone.training.augment import Augmenter
from voiceclone.training.ema import MovingAverage
from voiceclone.training.media import log_figure
from voiceclone.training.projection import draw_embeddings

MakeOptimizer = Callable[[Iterable[Mapping[str, Any]]], Optimizer]
MakeScheduler = Callable[[Optimizer], LRScheduler]


class SpeakerEncoderTask(pl.LightningModule):
    """A speaker encoder learns from batches of N speakers times M utterances (`SpeakerBatch`).

    ``encoder`` maps mels under ``contract`` to unit embeddings; ``loss`` takes ``(embeddings [N, M, D],
    speakers [N])``, as `GE2ELoss` and `AAMSoftmaxLoss` do. The scheduler steps with every batch. Validation, and
    `network` for export, use the moving average of the weights (``ema_decay``; 0 for none); clips longer than
    ``partial_frames`` are embedded as the mean direction of overlapping windows, ``partial_step`` apart.
    """

    def __init__(
        self,
        contract: AudioContract,
        encoder: nn.Module,
        loss: nn.Module,
        optimizer: MakeOptimizer,
        scheduler: MakeScheduler | None = None,
        augment: Augmenter | None = None,
        partial_frames: int = 160,
        partial_step: int = 77,
        ema_decay: float = 0.0,
        n_bootstrap: int = 200,
    ) -> None:
        super().__init__()
        if (heard := getattr(encoder, "n_mels", contract.n_mels)) != contract.n_mels:
            raise ContractMismatch(f"the speaker encoder hears {heard} mels, the settings have {contract.n_mels}.")
        self.contract = contract
        self.encoder = encoder
        self.loss = loss
        self.augment = augment
        self.average = MovingAverage(encoder, ema_decay) if ema_decay else None
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.partial_frames, self.partial_step = partial_frames, partial_step
        self.eer = EqualErrorRate(n_bootstrap=n_bootstrap)

    @property
    def network(self) -> nn.Module:
        """The encoder as it should be used: the moving average where there is one."""
        return self.encoder if self.average is None else self.average.net

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.network(mel, lengths)

    def training_step(self, batch: SpeakerBatch, batch_idx: int) -> Tensor:
        mel, lengths = batch.mel, batch.lengths
        if self.augment is not None:
            mel, lengths = self.augment(mel, lengths, batch.n_utterances)
        embeddings = self.encoder(mel, lengths).unflatten(0, (-1, batch.n_utterances))
        loss = self.loss(embeddings, batch.speakers)
        self.log("train/loss", loss.detach(), prog_bar=True)
        return loss

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        self.log("train/learning_rate", optimizer.param_groups[0]["lr"])

    def on_train_batch_end(self, outputs: Any, batch: SpeakerBatch, batch_idx: int) -> None:
        stepped = (batch_idx + 1) % self.trainer.accumulate_grad_batches == 0 or self.trainer.is_last_batch
        if self.average is not None and stepped:
            self.average.update(self.encoder)

    def validation_step(self, batch: SpeakerBatch, batch_idx: int) -> None:
        speakers = batch.speakers.repeat_interleave(batch.n_utterances)
        self.eer.update(self._embed_clips(batch), speakers, batch.clips)

    def on_validation_epoch_end(self) -> None:
        if self.trainer.is_global_zero and self.eer.embeddings:
            embeddings, speakers = dim_zero_cat(self.eer.embeddings), dim_zero_cat(self.eer.speakers)
            picture = draw_embeddings(embeddings, speakers)
            log_figure(self.loggers, "validation/embeddings", picture, self.global_step)
        figures = self.eer.compute()
        self.log_dict({f"validation/{name}": value for name, value in figures.items()}, prog_bar=True)
        self.eer.reset()

    def _embed_clips(self, batch: SpeakerBatch) -> Tensor:
        """One embedding for each clip ``[N * M, D]``, as synthesis would make it."""
        windows = []
        for mel, length in zip(batch.mel, batch.lengths.tolist(), strict=True):
            starts = window_starts(length, self.partial_frames, self.partial_step, min_coverage=0.75)
            windows.append(cut(mel[:, :length], starts, self.partial_frames, silence(self.contract)))
        partials = embed_partials(self.network, torch.cat(windows), batch_size=512)
        return average(partials, [len(part) for part in windows])

    def configure_optimizers(self) -> Any:
        # The loss's own parameters (w and b, or the directions of the speakers) are no features to be held small.
        groups: list[dict[str, Any]] = [
            {"params": list(self.encoder.parameters())},
            {"params": list(self.loss.parameters()), "weight_decay": 0.0},
        ]
        optimizer = self.make_optimizer(groups)
        if self.make_scheduler is None:
            return optimizer
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.make_scheduler(optimizer), "interval": "step"},
        }

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["audio"] = self.contract.to_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = AudioContract.from_dict(checkpoint["audio"])
        require_compatible(saved, self.contract, "the checkpoint", "the configuration")
