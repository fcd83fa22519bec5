"""The emotion space: one vector, and four ways into it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voiceclone.errors import DataError, SynthesisError
from voiceclone.models.emotion.labels import CIRCUMPLEX, NEUTRAL, canonical
from voiceclone.models.emotion.reference import ReferenceEncoder


@dataclass(frozen=True)
class EmotionVectors:
    """``vector`` [B, width] is what the model is conditioned on; ``label`` and ``reference`` [B, width] are the parts
    by those two ways, zero (None for the reference) where they were not given."""

    vector: Tensor
    label: Tensor
    reference: Tensor | None


class EmotionSpace(nn.Module):
    """A space whose origin is neutral speech: a label is a direction, its intensity the distance walked.

    The vector is the sum of whatever is given. So it changes smoothly with the intensity, and everything that is
    linear in it, like the prosody it asks for, changes monotonically. ``labels`` are the emotions the voice knows.
    """

    away: Tensor
    places: Tensor

    def __init__(self, labels: Sequence[str], width: int = 32, reference: ReferenceEncoder | None = None) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.width = width
        self.table = nn.Embedding(max(len(self.labels), 1), width)
        nn.init.normal_(self.table.weight, std=0.3)
        self.reference = reference
        away = [[float(label != NEUTRAL)] for label in self.labels] or [[0.0]]
        self.register_buffer("away", torch.tensor(away), False)
        places = [CIRCUMPLEX[label] for label in self.labels] or [(0.0, 0.0)]
        self.register_buffer("places", torch.tensor(places), False)

    def index(self, label: str) -> int:
        """The row of ``label``, which may be any name `canonical` understands; raises `SynthesisError` where the
        voice does not know it, naming those it knows."""
        try:
            name = canonical(label)
        except DataError:
            name = label
        if name not in self.labels:
            near = difflib.get_close_matches(name.casefold(), self.labels, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            known = f"It knows: {', '.join(sorted(self.labels))}." if self.labels else "It knows none."
            raise SynthesisError(f"This voice does not know the emotion {label!r}. {known}{hint}")
        return self.labels.index(name)

    def from_label(self, emotion: Tensor, intensity: Tensor | None = None) -> Tensor:
        """``emotion`` [B] int64 (-1: none) at ``intensity`` [B] in 0..1 (default 1) -> ``[B, width]``."""
        known = (emotion >= 0).unsqueeze(1)
        vector = self._corners()[emotion.clamp(min=0)] * known
        return vector if intensity is None else vector * intensity.unsqueeze(1)

    def from_valence_arousal(self, point: Tensor) -> Tensor:
        """``point`` [B, 2], valence and arousal in -1..1 -> ``[B, width]``.

        Interpolates between the labels by inverse square distance on the circumplex (Shepard 1968), so that a
        label's own place gives that label's vector.
        """
        distance = (point.unsqueeze(1) - self.places).square().sum(dim=2)
        weights = 1 / distance.clamp(min=1e-9)
        return (weights / weights.sum(dim=1, keepdim=True)) @ self._corners()

    def forward(
        self,
        batch: int,
        emotion: Tensor | None = None,
        intensity: Tensor | None = None,
        valence_arousal: Tensor | None = None,
        mel: Tensor | None = None,
        mel_lengths: Tensor | None = None,
        follow: Tensor | None = None,
    ) -> EmotionVectors:
        """The sum of whatever is given, at ``intensity``, for ``batch`` items.

        ``follow`` [B] bool says which items take their vector from the reference ``mel`` [B, n_mels, T], as strong as
        it is there; those leave their label out of the sum. Left out, the reference is one part of the sum.
        """
        strength = 1.0 if intensity is None else intensity.unsqueeze(1)
        nothing = self.table.weight.new_zeros(batch, self.width)
        label = nothing if emotion is None else self.from_label(emotion, intensity)
        reference = None
        total = label
        if mel is not None and self.reference is not None:
            reference = self.reference(mel, self._all(mel) if mel_lengths is None else mel_lengths)
            aside = label + strength * reference
            total = aside if follow is None else torch.where(follow.unsqueeze(1), reference, label)
        if valence_arousal is not None:
            total = total + strength * self.from_valence_arousal(valence_arousal)
        return EmotionVectors(total, label, reference)

    def _corners(self) -> Tensor:
        return self.table.weight * self.away

    @staticmethod
    def _all(mel: Tensor) -> Tensor:
        return torch.full((mel.shape[0],), mel.shape[2], device=mel.device)
