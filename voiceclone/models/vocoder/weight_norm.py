"""Weight normalisation (Salimans & Kingma, 2016): put on for training, folded into plain weights for inference."""

from __future__ import annotations

import copy
from typing import TypeVar, cast

from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

Net = TypeVar("Net", bound=nn.Module)


def weight_norm(layer: Net) -> Net:
    """``layer`` with its weight expressed as magnitude times direction, one magnitude an output of the first axis."""
    return parametrizations.weight_norm(layer)


def fold_weight_norm(net: Net) -> Net:
    """A copy of ``net`` with every reparametrised weight as the plain tensor it amounts to; ``net`` stays trainable.

    Weight normalisation costs a pass over all weights in every call, which inference need not pay. The copy has
    the layout ``<layer>.weight`` and the number of parameters that papers quote.
    """
    folded = copy.deepcopy(net)
    for layer in list(folded.modules()):
        if parametrize.is_parametrized(layer):
            _fold(layer)
    return folded


def _fold(layer: nn.Module) -> None:
    # `remove_parametrizations` would take the weight from the class, which a deep copy shares with its original.
    weight = cast(Tensor, layer.weight).detach()
    layer.__class__ = parametrize.type_before_parametrizations(layer)
    del layer.parametrizations
    layer.weight = nn.Parameter(weight)


def count_parameters(net: nn.Module) -> int:
    """Number of trainable values once weight norm is folded, which is how published sizes are counted."""
    return sum(parameter.numel() for parameter in fold_weight_norm(net).parameters())
