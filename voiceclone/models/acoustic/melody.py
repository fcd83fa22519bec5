"""The melody of an utterance: pitch from step to step, which the decoder is told and need not guess."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.acoustic.reading import TextReading
from voiceclone.models.recurrent import run


class MelodyPredictor(nn.Module):
    """Pitch and voicing of each decoder step from what the attention has read so far, and what they do to it.

    A GRU hears the contexts and, where ``n_symbols`` are given, its own `TextReading` under the same attention, but
    never a frame: what the text asks for, a tone or a question, must then come from the text, and no teacher's last
    frame can be copied. Its curve is in the utterance's own measure, 0 its mean and 1 its range further up, so that an
    emotion or a wish that moves these two moves the whole melody.

    The decoder gets a vector from a table of ``bins`` pitches from ``lowest`` to ``highest`` Hz, mixed with the one of
    silence as far as a step is unvoiced: of the recording while learning, of the prediction when speaking, as
    FastSpeech 2 (Ren et al. 2021) and FastPitch (Lancucki 2021) do by the symbol. Between two pitches it lies on a
    straight line. The table starts at zero, so that a model without it can be carried over.
    """

    def __init__(
        self,
        memory_width: int,
        width: int = 64,
        bins: int = 64,
        lowest: float = 50.0,
        highest: float = 800.0,
        n_symbols: int = 0,
    ) -> None:
        super().__init__()
        self.memory_width = memory_width
        self.bins, self.lowest, self.highest = bins, math.log(lowest), math.log(highest)
        self.reading = TextReading(n_symbols, memory_width) if n_symbols else None
        self.rnn = nn.GRU(memory_width, width)
        self.curve = nn.Linear(width, 2)
        self.table = nn.Embedding(bins + 1, memory_width)
        nn.init.zeros_(self.table.weight)

    def forward(self, contexts: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """``contexts`` [S, B, M] after ``hidden`` [1, B, W] -> height and voicing logit [S, B, 2], the next hidden."""
        heard, hidden = run(self.rnn, contexts, hidden)
        return self.curve(heard), hidden

    def vector(self, log_f0: Tensor, voiced: Tensor) -> Tensor:
        """What the decoder hears of ``log_f0`` (log Hz), ``voiced`` 0..1, both [...] -> [..., M]."""
        place = (log_f0 - self.lowest) / (self.highest - self.lowest) * (self.bins - 1)
        place = place.clamp(0, self.bins - 1)
        below = place.floor().clamp(max=self.bins - 2)
        share = (place - below).unsqueeze(-1)
        rows = below.long()
        pitch = torch.lerp(self.table(rows), self.table(rows + 1), share)
        return torch.lerp(self.table.weight[-1].expand_as(pitch), pitch, voiced.unsqueeze(-1))


@dataclass(frozen=True)
class Melody:
    """A predictor at work on B utterances of ``mean`` [B] log-F0 and ``spread`` [B], its range, and on ``read``
    [B, N, M], what it reads in their texts, if it does; without a predictor nothing is added and nothing predicted."""

    predictor: MelodyPredictor | None
    mean: Tensor
    spread: Tensor
    read: Tensor | None = None

    @classmethod
    def none(cls, batch: int, like: Tensor) -> Melody:
        """No melody, for ``batch`` utterances."""
        return cls(None, like.new_zeros(batch), like.new_zeros(batch))

    def rows(self, index: Tensor | slice) -> Melody:
        """The same for some items of the batch."""
        read = None if self.read is None else self.read[index]
        return replace(self, mean=self.mean[index], spread=self.spread[index], read=read)

    def start(self) -> Tensor:
        """The predictor's state before the first step, ``[1, B, W]``."""
        width = self.predictor.rnn.hidden_size if self.predictor else 0
        return self.mean.new_zeros(1, len(self.mean), width, dtype=torch.float32)

    def follow(
        self, seen: Tensor, weights: Tensor, hidden: Tensor, truth: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Add the melody to the contexts, the last M columns of ``seen`` [S, B, ...], found with ``weights`` [S, B, N].

        ``truth`` [S, B, 2], log-F0 and share of voiced frames, takes the place of what is predicted. Gives the new
        ``seen``, the predicted log-F0 and voicing logit [S, B, 2], and the next ``hidden``.
        """
        if self.predictor is None:
            return seen, seen.new_zeros(*seen.shape[:2], 0), hidden
        width = self.predictor.memory_width
        contexts = seen[..., -width:]
        if self.read is not None:
            contexts = contexts + torch.einsum("sbn,bnm->sbm", weights.to(self.read.dtype), self.read)
        predicted, hidden = self.predictor(contexts, hidden)
        height, voicing = predicted.float().unbind(dim=-1)
        pitch = self.mean + height * self.spread
        heard = (pitch, voicing.sigmoid()) if truth is None else truth.unbind(dim=-1)
        vector = self.predictor.vector(*heard)
        return seen + F.pad(vector, (seen.shape[-1] - width, 0)), torch.stack((pitch, voicing), dim=-1), hidden


def pitch_of_steps(f0: Tensor, reduction: int) -> Tensor:
    """``f0`` [B, T] in Hz, 0 where unvoiced -> ``[B, S, 2]``: the mean log-F0 of the voiced frames of each decoder
    step of ``reduction`` frames, 0 if none, and their share."""
    frames = F.pad(f0, (0, -f0.shape[1] % reduction)).unflatten(1, (-1, reduction))
    voiced = frames > 0
    count = voiced.sum(dim=2)
    total = torch.where(voiced, frames, 1.0).log().sum(dim=2)
    return torch.stack((total / count.clamp(min=1), count / reduction), dim=2)
