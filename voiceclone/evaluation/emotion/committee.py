"""The network of the judge of emotions."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN, MEMBERS = 32, 8
DROPOUT = 0.6
LIMIT = 4.0
"""Features are kept within this many standard deviations: a strange recording should not shout."""


class Committee(nn.Module):
    """Small perceptrons that vote, ``forward(features [B, D]) -> probabilities [B, n_labels]``.

    It shares neither features nor shape nor seed with the classifier that acoustic models are trained against, so that
    a voice cannot have learnt to please it.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, n_features: int, n_labels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))
        sizes = (n_features, HIDDEN, HIDDEN, n_labels)
        self.layers = nn.ModuleList(_Layer(*pair) for pair in pairwise(sizes))

    def normalise(self, features: Tensor) -> Tensor:
        """``[..., D]`` with the training clips' mean and scale taken out."""
        return ((features - self.mean) / self.scale).clamp(-LIMIT, LIMIT)

    def opinions(self, normalised: Tensor) -> Tensor:
        """Logits ``[MEMBERS, B, n_labels]`` of what each member was told ``[MEMBERS, B, D]``."""
        x = normalised
        for index, layer in enumerate(self.layers):
            x = layer(x) if index == 0 else layer(F.dropout(F.relu(x), DROPOUT, self.training))
        return x

    def forward(self, features: Tensor) -> Tensor:
        told = self.normalise(features).expand(MEMBERS, -1, -1)
        return self.opinions(told).softmax(dim=-1).mean(dim=0)


class _Layer(nn.Module):
    """A linear layer for every member, all in one product."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        bound = n_in**-0.5
        self.weight = nn.Parameter(torch.empty(MEMBERS, n_in, n_out).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(MEMBERS, 1, n_out).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)
