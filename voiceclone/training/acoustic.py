"""Training the acoustic model, teacher-forced, on batches of whole utterances."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.data.batches import AcousticBatch
from voiceclone.errors import ConfigError, did_you_mean
from voiceclone.losses.weighting import weighted_sum
from voiceclone.models.acoustic import Conditions, Tacotron2, TacotronOutput
from voiceclone.models.emotion.adversary import SpeakerAdversary
from voiceclone.models.emotion.classifier import EmotionClassifier
from voiceclone.text.symbols import default_table
from voiceclone.training.acoustic_losses import LOSSES, AcousticLosses
from voiceclone.training.acoustic_start import load_classifier, mel_scale, start_from
from voiceclone.training.acoustic_validation import AcousticValidation
from voiceclone.training.schedules import Points, ramp, staircase

log = logging.getLogger(__name__)

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
MakeScheduler = Callable[[Optimizer], LRScheduler]


class AcousticTask(pl.LightningModule):
    """Tacotron 2 with its named losses (`acoustic_losses.LOSSES`).

    ``facts`` holds the lists ``speakers``, ``emotions`` and ``languages`` that the numbers in a batch stand for, and
    ``symbols``. ``weights`` are the losses' by name, 1 where not given; one in ``weight_schedules`` runs along straight
    lines through its pairs of step and weight. ``reductions``, pairs of first step and frames per decoder step, is a
    staircase down. Until step ``melody_from`` the decoder hears no melody, unless a warm start brings one: told the
    pitch, it makes good mels without looking closely at the text, and an attention that never looked closely mumbles.
    ``reference_share`` of the clips take their emotion from their own mel instead of their label (or, unlabelled,
    instead of nothing). ``learn_speakers`` gives every speaker a vector of its own where the data has no embeddings.
    ``adversary`` makes a `SpeakerAdversary` of a vector's width and the number of speakers, where both are there.
    ``emotion_classifier`` is a checkpoint of its task; ``warm_start`` is a voice, a run or a checkpoint, of other
    symbols, speakers, emotions or languages if need be, or NVIDIA's; what begins with one of ``fresh`` is not taken.
    """

    def __init__(
        self,
        contract: AudioContract,
        acoustic: Tacotron2,
        losses: AcousticLosses,
        optimizer: MakeOptimizer,
        facts: Mapping[str, Sequence[str]],
        scheduler: MakeScheduler | None = None,
        weights: Mapping[str, float] | None = None,
        weight_schedules: Mapping[str, Points] | None = None,
        reductions: Points = (),
        melody_from: int = 0,
        reference_share: float = 0.5,
        learn_speakers: bool = False,
        adversary: Callable[[int, int], SpeakerAdversary] | None = None,
        emotion_classifier: str | None = None,
        validation: AcousticValidation | None = None,
        warm_start: str | None = None,
        fresh: Sequence[str] = (),
    ) -> None:
        super().__init__()
        _check_weights(weights or {}, weight_schedules or {})
        _check_reductions(reductions, acoustic.decoder.largest_reduction)
        if contract.n_mels != acoustic.n_mels:
            raise ConfigError(
                f"acoustic: makes {acoustic.n_mels} mel bands, the audio settings have {contract.n_mels}."
            )
        self.contract, self.acoustic, self.losses = contract, acoustic, losses
        self.facts = _with_symbols(facts, acoustic.encoder.n_symbols)
        self.adversary = None if adversary is None else self._adversary(adversary)
        self.weights, self.weight_schedules = dict(weights or {}), dict(weight_schedules or {})
        self.reductions, self.melody_from = reductions, melody_from
        self.reference_share = reference_share
        self.speakers = self._speaker_table() if learn_speakers else None
        self.emotion_classifier: EmotionClassifier | None = None
        if emotion_classifier is not None:
            self.emotion_classifier = load_classifier(emotion_classifier, contract)
        self.validation = validation or AcousticValidation(contract)
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        if warm_start is not None:
            # A warning, since nothing less is shown, and whoever starts from another model must know what is new.
            report = start_from(acoustic, warm_start, self.facts, contract, fresh, self.speakers)
            log.warning("%s: %s", warm_start, report)
            if any(name.startswith("conditioning.melody.") for name in report.carried):
                self.melody_from = 0

    def speaker_vectors(self, batch: AcousticBatch) -> Tensor | None:
        """``[B, D]`` of unit length: the data's embeddings, else the learned ones, else None."""
        if batch.speaker_embedding.shape[1]:
            return batch.speaker_embedding
        return None if self.speakers is None else F.normalize(self.speakers(batch.speaker), dim=1)

    def conditions(self, batch: AcousticBatch, follow: Tensor | None = None) -> Conditions:
        """What the clips of ``batch`` are; those where ``follow`` [B] take their emotion from their own mel."""
        return Conditions(
            speaker_embedding=self.speaker_vectors(batch),
            emotion=batch.emotion,
            intensity=batch.intensity,
            reference=None if follow is None else batch.mel,
            reference_lengths=batch.mel_lengths,
            follow_reference=follow,
            language=batch.language,
            prosody=batch.prosody,
        )

    def forward(self, batch: AcousticBatch, follow: Tensor | None = None) -> TacotronOutput:
        conditions = self.conditions(batch, follow)
        return self.acoustic(batch.symbols, batch.symbol_lengths, batch.mel, batch.mel_lengths, conditions, f0=batch.f0)

    def training_step(self, batch: AcousticBatch, batch_idx: int) -> Tensor:
        if self.reductions:
            self.acoustic.decoder.reduction = int(staircase(self.reductions, self.global_step))
        if self.acoustic.conditioning is not None:
            self.acoustic.conditioning.sings = self.global_step >= self.melody_from
        follow = torch.rand(len(batch.ids), device=self.device) < self.reference_share
        losses = self.losses(self, self(batch, follow), batch)
        weights = self.current_weights(losses)
        total = weighted_sum(losses, weights)
        self._log("train", {**losses, "total": total}, batch)
        self.log("train/reduction", float(self.acoustic.decoder.reduction))
        return total

    def validation_step(self, batch: AcousticBatch, batch_idx: int) -> None:
        output = self(batch)
        losses = self.losses(self, output, batch)
        self._log("validation", losses, batch)
        by_emotion = self.losses.by_emotion(output, batch, self.facts["emotions"])
        for name, (loss, count) in by_emotion.items():
            self.log(f"validation/mel_after_{name}", loss, batch_size=count)
        if batch_idx == 0:
            figures = self.validation.speak(self, output, batch, show=self.trainer.is_global_zero)
            self.log_dict({f"validation/{name}": value for name, value in figures.items()}, batch_size=len(batch.ids))

    def on_validation_epoch_end(self) -> None:
        """The emotions as sets of acoustic parameters: what each adds to pitch, range, energy and rate."""
        table = self.acoustic.conditioning.emotion_prosody() if self.acoustic.conditioning else {}
        for label, changes in table.items():
            self.log_dict({f"emotion/{label}_{name}": value for name, value in changes.items()})

    def current_weights(self, losses: Iterable[str]) -> dict[str, float]:
        """The weight of each of ``losses`` at this step."""
        moving = {name: ramp(points, self.global_step) for name, points in self.weight_schedules.items()}
        return {name: {**self.weights, **moving}.get(name, 1.0) for name in losses}

    def configure_optimizers(self) -> Any:
        optimizer = self.make_optimizer([p for p in self.parameters() if p.requires_grad])
        if self.make_scheduler is None:
            return optimizer
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.make_scheduler(optimizer), "interval": "step"},
        }

    def train(self, mode: bool = True) -> AcousticTask:
        super().train(mode)
        if self.emotion_classifier is not None:
            self.emotion_classifier.eval()
        return self

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["audio"] = self.contract.to_dict()
        checkpoint["facts"] = self.facts
        checkpoint["mel_scale"] = mel_scale(self.acoustic)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = AudioContract.from_dict(checkpoint["audio"])
        require_compatible(saved, self.contract, "the checkpoint", "the configuration")

    def _log(self, stage: str, losses: Mapping[str, Tensor], batch: AcousticBatch) -> None:
        figures = {f"{stage}/{name}": loss.detach() for name, loss in losses.items()}
        self.log_dict(figures, batch_size=len(batch.ids), sync_dist=stage == "validation")

    def _adversary(self, make: Callable[[int, int], SpeakerAdversary]) -> SpeakerAdversary | None:
        space = self.acoustic.conditioning.emotion if self.acoustic.conditioning else None
        if space is None or space.reference is None or len(self.facts["speakers"]) < 2:
            return None
        return make(space.width, len(self.facts["speakers"]))

    def _speaker_table(self) -> nn.Embedding:
        width = self.acoustic.conditioning.speaker_width if self.acoustic.conditioning else 0
        if not width:
            raise ConfigError("task.learn_speakers: the acoustic model has no speaker part (speaker_width is 0).")
        return nn.Embedding(len(self.facts["speakers"]), width)


def _with_symbols(facts: Mapping[str, Sequence[str]], n_symbols: int) -> dict[str, list[str]]:
    """``facts`` as plain lists, with the symbols of this version's table where none are given and their number fits."""
    table = default_table().symbols
    symbols = {"symbols": table} if n_symbols == len(table) else {}
    return {name: list(values) for name, values in {**symbols, **facts}.items()}


def _check_weights(*given: Mapping[str, Any]) -> None:
    for weights in given:
        for name in weights:
            if name not in LOSSES:
                raise ConfigError(f"loss weight '{name}' belongs to no loss. {did_you_mean(name, LOSSES)}")
            if not isinstance(weights[name], (int, float, Sequence)) or isinstance(weights[name], str):
                raise ConfigError(f"loss weight '{name}' is {weights[name]!r}: expected a number.")


def _check_reductions(reductions: Points, most: int) -> None:
    if reductions:
        staircase(reductions, 0)
    for _, reduction in reductions:
        if not 1 <= reduction <= most:
            raise ConfigError(
                f"task.reductions: {reduction} frames a step; the decoder makes 1 to {most} "
                "(acoustic.decoder.reduction)."
            )
