"""Prosody in four numbers an utterance: predicted, conditioned on, and open to wishes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MEASURES = ("log_f0", "log_f0_range", "energy", "rate")
"""Mean log-F0 (log Hz), its 5-95 % range, mean energy (dB), and speaking rate (symbols per second)."""


@dataclass(frozen=True)
class ProsodyWish:
    """Changes to the predicted prosody, each ``[B]`` or a number: ``rate`` times as fast, ``pitch`` semitones up,
    ``pitch_range`` times as wide, ``energy`` dB louder."""

    rate: Tensor | float = 1.0
    pitch: Tensor | float = 0.0
    pitch_range: Tensor | float = 1.0
    energy: Tensor | float = 0.0

    def apply(self, prosody: Tensor) -> Tensor:
        """``prosody`` [B, 4] changed as wished."""
        log_f0, log_f0_range, energy, rate = prosody.unbind(dim=1)
        changed = (
            log_f0 + self.pitch * (math.log(2) / 12),
            log_f0_range * self.pitch_range,
            energy + self.energy,
            rate * self.rate,
        )
        return torch.stack(changed, dim=1)


@dataclass(frozen=True)
class PredictedProsody:
    """``measures`` [B, 4] of each utterance, and what the emotion put into them: ``common`` [B, 4] as everybody does,
    ``personal`` [B, 4] in what the speaker does differently."""

    measures: Tensor
    common: Tensor
    personal: Tensor


class ProsodyPredictor(nn.Module):
    """`MEASURES` of an utterance from its text, speaker and emotion.

    The emotion adds a part that is linear in its vector: an emotion is then a fixed change of pitch, range, energy
    and rate, which can be read off the weights, and a stronger one changes more of the same. If ``personal``, speakers
    depart from it in their own ways, linear in it too and nothing at first: one weeps where another falls silent, and
    their mean is nobody's sadness. ``dropout`` keeps the rest from knowing single sentences by heart, and with them the
    emotion they happened to be recorded in. ``mean`` and ``deviation`` bring the four to a common scale.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        text_width: int,
        speaker_width: int,
        emotion_width: int,
        hidden: int = 128,
        mean: Sequence[float] = (5.15, 0.65, -27.0, 15.5),
        deviation: Sequence[float] = (0.3, 0.3, 6.0, 3.0),
        dropout: float = 0.5,
        personal: bool = False,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.body = nn.Sequential(
            nn.Linear(text_width + speaker_width, hidden), nn.ReLU(), nn.Linear(hidden, len(MEASURES))
        )
        self.emotion = nn.Linear(emotion_width, len(MEASURES), bias=False) if emotion_width else None
        self.personal: nn.Linear | None = None
        if personal and emotion_width and speaker_width:
            self.personal = nn.Linear(speaker_width, len(MEASURES) * emotion_width, bias=False)
            nn.init.zeros_(self.personal.weight)
        self.register_buffer("mean", torch.tensor(list(mean)), False)
        self.register_buffer("deviation", torch.tensor(list(deviation)), False)

    def forward(self, text: Tensor, speaker: Tensor | None, emotion: Tensor | None) -> PredictedProsody:
        """From ``text`` [B, text_width], ``speaker`` [B, speaker_width] and ``emotion`` [B, emotion_width]."""
        known = text if speaker is None else torch.cat((text, speaker), dim=1)
        measures = self.measured(self.body(F.dropout(known, self.dropout, self.training)))
        common = personal = torch.zeros_like(measures)
        if emotion is not None:
            common = self.changes(emotion)
            if self.personal is not None and speaker is not None:
                own = self.personal(F.dropout(speaker, self.dropout, self.training))
                personal = torch.einsum("bme,be->bm", own.unflatten(1, (len(MEASURES), -1)), emotion) * self.deviation
        return PredictedProsody(measures + common + personal, common, personal)

    def scaled(self, prosody: Tensor) -> Tensor:
        """``[B, 4]`` on the common scale; 0, the mean, where a measure is `missing`."""
        return ((prosody - self.mean) / self.deviation).masked_fill(missing(prosody), 0.0)

    def measured(self, scaled: Tensor) -> Tensor:
        """The inverse of `scaled`, ``[B, 4]`` in the measures' own units; the mean where one was missing."""
        return scaled * self.deviation + self.mean

    def changes(self, emotion: Tensor) -> Tensor:
        """What ``emotion`` [B, emotion_width] adds to each measure for everybody, ``[B, 4]`` in their own units."""
        if self.emotion is None:
            return emotion.new_zeros(emotion.shape[0], len(MEASURES))
        return F.linear(emotion, self.emotion.weight) * self.deviation


def missing(prosody: Tensor) -> Tensor:
    """``[B, 4]`` bool, True where an utterance has no such measure: no voiced frame, no text, or nothing at all."""
    absent = ~torch.isfinite(prosody)
    log_f0, _, _, rate = prosody.unbind(dim=1)
    unvoiced, wordless = log_f0 <= 0, rate <= 0
    return absent | torch.stack((unvoiced, unvoiced, torch.zeros_like(unvoiced), wordless), dim=1)
