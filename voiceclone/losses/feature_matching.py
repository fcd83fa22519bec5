"""Feature matching (Larsen et al., 2016; Kumar et al., 2019): be like the real clip in the discriminator's eyes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def feature_matching(
    real: Sequence[Sequence[Tensor]], fake: Sequence[Sequence[Tensor]], average: bool = False
) -> Tensor:
    """Mean absolute difference of every feature map of every sub-discriminator, summed; a scalar.

    With ``average`` the mean over all maps, so that the weight does not depend on how many there are.
    """
    pairs = [(r, f) for rs, fs in zip(real, fake, strict=True) for r, f in zip(rs, fs, strict=True)]
    distances = torch.stack([(f.float() - r.float()).abs().mean() for r, f in pairs])
    return distances.mean() if average else distances.sum()
