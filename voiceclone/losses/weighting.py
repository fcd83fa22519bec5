"""Named losses and their weights meet here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from voiceclone.errors import ConfigError, did_you_mean


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Sum of ``losses`` times the weight of the same name (1 where none is given), a scalar tensor.

    A loss of weight 0 is left out, so that its graph is not walked. Raises `ConfigError` for a weight whose name
    is no loss, which is how a misspelt weight would otherwise be ignored for a whole training.
    """
    for name in weights:
        if name not in losses:
            raise ConfigError(f"loss weight '{name}' belongs to no loss. {did_you_mean(name, losses)}")
    terms = [loss * weights.get(name, 1.0) for name, loss in losses.items() if weights.get(name, 1.0) != 0]
    return torch.stack(terms).sum() if terms else torch.zeros(())
