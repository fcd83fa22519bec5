"""The bottleneck between one frame and the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Prenet(nn.Module):
    """Dense layers with ReLU and a dropout that stays on at synthesis too, where it gives the speech its variety and
    keeps the attention from trusting the last frame alone (Shen et al. 2018)."""

    def __init__(self, n_mels: int, sizes: Sequence[int] = (256, 256), dropout: float = 0.5) -> None:
        super().__init__()
        widths = [n_mels, *sizes]
        layers = [nn.Linear(before, after, bias=False) for before, after in pairwise(widths)]
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight)
        self.layers = nn.ModuleList(layers)
        self.dropout = dropout
        self.width = widths[-1]

    def forward(self, frames: Tensor, dropout: bool, generator: torch.Generator | None = None) -> Tensor:
        """``frames`` [..., n_mels] -> [..., width]; ``generator`` makes the dropout repeatable."""
        for layer in self.layers:
            frames = F.relu(layer(frames))
            if dropout:
                frames = _dropout(frames, self.dropout, generator)
        return frames


def _dropout(x: Tensor, rate: float, generator: torch.Generator | None) -> Tensor:
    if generator is None:
        return F.dropout(x, rate)
    kept = torch.rand(x.shape, generator=generator, device=x.device) >= rate
    return x * kept / (1 - rate)
