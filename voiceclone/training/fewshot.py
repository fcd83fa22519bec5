"""One more speaker for an acoustic model that knows others, learnt from a minute of speech without forgetting them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.checkpoints.warm_start import require_beginnings
from voiceclone.data.batches import AcousticBatch
from voiceclone.errors import ConfigError
from voiceclone.models.acoustic import Tacotron2
from voiceclone.training.acoustic import AcousticTask
from voiceclone.training.ema import MovingAverage


class SpeakerVector(nn.Module):
    """A speaker embedding that learns; it is used at unit length, as every other."""

    def __init__(self, start: Sequence[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(start, dtype=torch.float32))

    def forward(self) -> Tensor:
        return F.normalize(self.weight, dim=0)


class FewShotTask(AcousticTask):
    """`AcousticTask` for a trained ``acoustic``, of which only ``trained`` parts learn: beginnings of its parameters'
    names, none for the speaker vector alone, ``[""]`` for everything.

    The clips of ``new_speaker`` (a name in ``facts``) share one vector, which begins as the JSON list in the file
    ``start``, their mean embedding, and learns at ``vector_lr``; everybody else keeps the embedding of each clip. What
    does not learn stays in eval mode, and batch normalisation keeps its statistics: a few clips would spoil them.

    What is validated and kept (`network`, `embedding`) is the moving average of the weights (``ema_decay``), brought
    back towards what it began as: it lies ``strength`` of the way (Wortsman et al. 2022, WiSE-FT). Much of what a few
    clips do to weights is noise, which costs words and the other speakers, and which half the way halves.
    """

    def __init__(
        self,
        *args: Any,
        new_speaker: str,
        start: str,
        trained: Sequence[str] = (),
        vector_lr: float = 2e-3,
        ema_decay: float = 0.98,
        strength: float = 1.0,
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        if new_speaker not in self.facts["speakers"]:
            raise ConfigError(f"task.new_speaker={new_speaker}: not among the data's speakers.")
        if not 0 < strength <= 1:
            raise ConfigError(f"strength={strength}: expected more than 0 (as it was) and 1 (all it learnt) at most.")
        self.new_speaker = self.facts["speakers"].index(new_speaker)
        self.vector = SpeakerVector(json.loads(Path(start).read_text("utf-8")))
        self.vector_lr = vector_lr
        freeze_but(self.acoustic, trained)
        learning = {"acoustic": self.acoustic, "vector": self.vector}
        self.averages = nn.ModuleDict({name: MovingAverage(net, ema_decay) for name, net in learning.items()})
        self.strength = strength
        # Not part of the state dict: a run that goes on is given the same beginning again.
        self._beginning = {name: copy.deepcopy(net.state_dict()) for name, net in learning.items()}

    @property
    def network(self) -> Tacotron2:
        """The acoustic model that is kept, a copy."""
        return self._kept("acoustic")

    @property
    def embedding(self) -> Tensor:
        """The new speaker's vector that is kept, ``[D]`` of unit length."""
        return self._kept("vector")().detach()

    def speaker_vectors(self, batch: AcousticBatch) -> Tensor | None:
        new = (batch.speaker == self.new_speaker).unsqueeze(1)
        return torch.where(new, self.vector(), batch.speaker_embedding)

    def on_train_batch_end(self, *args: Any) -> None:
        for name in self.averages:
            average: Any = self.averages[name]
            average.update(getattr(self, name))

    def validation_step(self, batch: AcousticBatch, batch_idx: int) -> None:
        with self._what_is_kept():
            super().validation_step(batch, batch_idx)

    def configure_optimizers(self) -> Any:
        make = self.make_optimizer

        def grouped(parameters: Any) -> Any:
            vector = list(self.vector.parameters())
            others = [p for p in parameters if p is not vector[0]]
            slow = [{"params": others}] if others else []
            return make([*slow, {"params": vector, "lr": self.vector_lr}])  # type: ignore[list-item]

        self.make_optimizer = grouped
        try:
            return super().configure_optimizers()
        finally:
            self.make_optimizer = make

    def train(self, mode: bool = True) -> FewShotTask:
        super().train(mode)
        for module in self.acoustic.modules():
            own = list(module.parameters())
            still = module is not self.acoustic and own and not any(p.requires_grad for p in own)
            if still or isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self

    def _kept(self, name: str) -> Any:
        """``strength`` of the way from the beginning to the moving average; what is no float as the latter has it."""
        average: Any = self.averages[name]
        kept = copy.deepcopy(average.net)
        for mine, first in zip(kept.state_dict().values(), self._beginning[name].values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(first.to(mine.device), 1 - self.strength)
        return kept

    @contextmanager
    def _what_is_kept(self) -> Iterator[None]:
        """In the place of what learns."""
        learning = self.acoustic, self.vector
        self.acoustic, self.vector = self._kept("acoustic"), self._kept("vector")
        try:
            yield
        finally:
            self.acoustic, self.vector = learning


def freeze_but(net: nn.Module, trained: Sequence[str]) -> None:
    """Let only the parameters of ``net`` learn whose names begin with one of ``trained``.

    Raises `ConfigError` for a beginning that no parameter has.
    """
    require_beginnings("trained", trained, (name for name, _ in net.named_parameters()))
    for name, parameter in net.named_parameters():
        parameter.requires_grad_(any(name.startswith(beginning) for beginning in trained))
