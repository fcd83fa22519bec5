"""A generator that lags behind and sounds better: the exponential moving average of its weights."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class MovingAverage(nn.Module):
    """``net``, a copy of a network whose weights follow it as an exponential moving average.

    The first updates count for more: over n updates the decay is at most (1 + n) / (10 + n), so that the random
    weights of the beginning are soon forgotten. The copy takes no gradient, is always in eval mode, and is part of
    the state dict.
    """

    updates: Tensor

    def __init__(self, net: nn.Module, decay: float) -> None:
        super().__init__()
        self.net = copy.deepcopy(net).requires_grad_(False).eval()
        self.decay = decay
        self.register_buffer("updates", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def update(self, net: nn.Module) -> None:
        """Move the average a step towards ``net``; what is no float (counters) is taken as it is."""
        n = int(self.updates)
        weight = 1 - min(self.decay, (1 + n) / (10 + n))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, weight)
            else:
                mine.copy_(theirs)
        self.updates += 1

    def train(self, mode: bool = True) -> MovingAverage:
        """Stays in eval mode, whatever the trainer does to the module that owns it."""
        return super().train(False)
