"""The two classical GAN objectives, over the scores of several sub-discriminators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from voiceclone.errors import ConfigError, did_you_mean


class Objective(NamedTuple):
    """What one sub-discriminator minimises on its scores (real, fake), and what the generator minimises (fake)."""

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


OBJECTIVES = {
    # Mao et al., 2017
    "least_squares": Objective(
        discriminator=lambda real, fake: (1 - real).square().mean() + fake.square().mean(),
        generator=lambda fake: (1 - fake).square().mean(),
    ),
    # Lim & Ye, 2017
    "hinge": Objective(
        discriminator=lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        generator=lambda fake: -fake.mean(),
    ),
}


def objective(name: str) -> Objective:
    """The objective called ``name``; raises `ConfigError` for an unknown one."""
    if name not in OBJECTIVES:
        raise ConfigError(f"adversarial.objective: unknown '{name}'. {did_you_mean(name, OBJECTIVES)}")
    return OBJECTIVES[name]


def over_all(losses: Sequence[Tensor], average: bool) -> Tensor:
    """Sum of the sub-discriminators' losses, or with ``average`` their mean; a scalar."""
    stacked = torch.stack(list(losses))
    return stacked.mean() if average else stacked.sum()
