"""A hint to a young attention: speech walks through its text from start to end."""

from __future__ import annotations

import torch
from torch import Tensor

from voiceclone.models.masks import length_mask


def guided_attention(alignments: Tensor, steps: Tensor, symbols: Tensor, sigma: float = 0.2) -> Tensor:
    """Mean attention away from the diagonal (Tachibana et al. 2018).

    ``alignments`` [B, S, N] of items with ``steps`` [B] and ``symbols`` [B]; a weight costs
    ``1 - exp(-(n / N - s / S)^2 / (2 sigma^2))``.
    """
    device = alignments.device
    at_step = torch.arange(alignments.shape[1], device=device) / steps.unsqueeze(1)
    at_symbol = torch.arange(alignments.shape[2], device=device) / symbols.to(device).unsqueeze(1)
    away = at_symbol.unsqueeze(1) - at_step.unsqueeze(2)
    cost = 1 - torch.exp(-away.square() / (2 * sigma**2))
    inside = length_mask(steps, alignments.shape[1]).unsqueeze(2)
    return (alignments * cost * inside).sum() / inside.sum()
