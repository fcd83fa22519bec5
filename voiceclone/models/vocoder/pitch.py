"""The fundamental frequency that a mel implies, frame by frame."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.audio.pitch import F0_MAX, F0_MIN

BINS = 160  # a quarter of a semitone each
LOWEST, STEP = math.log(F0_MIN), math.log(F0_MAX / F0_MIN) / (BINS - 1)
REACH = 3  # bins on either side of the most likely one that have a say in where between them the pitch lies


class PitchHead(nn.Module):
    """Features ``[B, T, channels]`` -> logits of `BINS` pitches and of voicing, ``[B, T, BINS + 1]``.

    Bins rather than a number, as in CREPE (Kim et al., 2018): a regression hedges between octaves.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = nn.Linear(channels, BINS + 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.project(features)

    def read(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """F0 in Hz, also where nothing is voiced, and the probability of voicing, both ``[B, T]``."""
        pitches, voicing = logits[..., :BINS], logits[..., BINS]
        far = (torch.arange(BINS, device=logits.device) - pitches.argmax(dim=-1, keepdim=True)).abs() > REACH
        likely = pitches.masked_fill(far, -torch.inf).softmax(dim=-1)
        return (
            LOWEST + STEP * (likely * torch.arange(BINS, device=logits.device)).sum(dim=-1)
        ).exp(), voicing.sigmoid()

    def losses(self, logits: Tensor, f0: Tensor) -> dict[str, Tensor]:
        """How far ``logits`` are from the recorded ``f0`` ``[B, T]``, 0 where unvoiced: cross entropies."""
        voiced = f0 > 0
        place = (f0.clamp(F0_MIN, F0_MAX).log() - LOWEST) / STEP
        wanted = (1 - (place.unsqueeze(-1) - torch.arange(BINS, device=f0.device)).abs()).clamp(min=0)
        surprise = -(wanted * logits[..., :BINS].log_softmax(dim=-1)).sum(dim=-1)
        return {
            "pitch": (surprise * voiced).sum() / voiced.sum().clamp(min=1),
            "voicing": F.binary_cross_entropy_with_logits(logits[..., BINS], voiced.to(logits.dtype)),
        }
