"""What is predicted with the least error varies less than what was recorded; these losses ask for the difference.

As the global variance of Toda and Tokuda (2007), which they ask of speech as it is generated, and here while it learns.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

from voiceclone.models.masks import length_mask

_LEAST = 0.01  # of log magnitude: far below what is heard


def spread(values: Tensor, weight: Tensor, least: float) -> Tensor:
    """Standard deviation over the last axis of ``values`` under ``weight``, not below ``least``.

    There, and where nothing weighs anything, it has no slope.
    """
    total = weight.sum(dim=-1, keepdim=True).clamp(min=1e-6)
    mean = (values * weight).sum(dim=-1, keepdim=True) / total
    return (((values - mean).square() * weight).sum(dim=-1) / total[..., 0]).clamp(min=least**2).sqrt()


def mel_variance(predicted: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
    """How far the cepstra of log-mels ``[B, n_mels, T]`` are from varying over an utterance as those of ``target``.

    The mean difference of the logarithms of their standard deviations: 0.1 is a tenth too much or too little. Frames
    below the utterance's mean level have no part in it, since nothing in a pause is worth imitating. Cepstra and not
    bands, since most of a band's variance is loudness, which is predicted well.
    """
    inside = length_mask(lengths, target.shape[2])
    level = target.mean(dim=1)
    mean = (level * inside).sum(dim=1, keepdim=True) / lengths[:, None]
    loud = ((level > mean) & inside).to(target.dtype).unsqueeze(1)
    basis = _cosines(target.shape[1], target.device)
    spreads = [spread(basis @ mel.float(), loud, _LEAST).log() for mel in (predicted, target)]
    return (spreads[0] - spreads[1]).abs().mean()


@cache
def _cosines(n: int, device: torch.device) -> Tensor:
    """The orthonormal cosine transform ``[n, n]``, a row a coefficient."""
    # A validation may come first, and a tensor of inference mode could not be learnt through later.
    with torch.inference_mode(False):
        counted = torch.arange(n, device=device)
        rows = torch.cos(counted[:, None] * (counted + 0.5) * math.pi / n) * math.sqrt(2 / n)
        rows[0] /= math.sqrt(2)
        return rows
