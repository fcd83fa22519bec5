"""Keeps the speaker out of the emotion vector."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class SpeakerAdversary(nn.Module):
    """Guesses the speaker from an emotion vector, and teaches whoever made the vector to prevent it: its gradient is
    reversed and scaled by ``strength`` on the way back (Ganin et al. 2016)."""

    def __init__(self, width: int, n_speakers: int, hidden: int = 128, strength: float = 1.0) -> None:
        super().__init__()
        self.guess = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, n_speakers))
        self.strength = strength

    def forward(self, vector: Tensor) -> Tensor:
        """``vector`` [B, width] -> speaker logits ``[B, n_speakers]``."""
        return self.guess(_Reversal.apply(vector, self.strength))


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * gradients[0], None
