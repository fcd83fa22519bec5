"""Which positions of a padded batch are real."""

from __future__ import annotations

import torch
from torch import Tensor


def length_mask(lengths: Tensor, longest: int) -> Tensor:
    """``lengths`` [B] -> bool [B, ``longest``], True inside each row's length."""
    return torch.arange(longest, device=lengths.device)[None, :] < lengths[:, None]
