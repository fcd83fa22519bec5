"""What a predicted spectrogram and its stop token owe to the recording."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from voiceclone.models.masks import length_mask


def mel_distance(predicted: Tensor, target: Tensor, lengths: Tensor) -> Tensor:
    """Mean absolute plus mean squared error of log-mels ``[B, n_mels, T]`` over the frames inside ``lengths`` [B].

    The L1 part keeps the edges sharp that L2 alone would smooth.
    """
    return mel_distances(predicted, target, lengths, together=True)[0]


def mel_distances(predicted: Tensor, target: Tensor, lengths: Tensor, together: bool = False) -> Tensor:
    """`mel_distance` of each item, ``[B]``; with ``together`` of all frames as one, ``[1]``."""
    inside = length_mask(lengths, target.shape[2]).unsqueeze(1)
    error = torch.where(inside, predicted.float() - target, 0.0)
    total = (error.abs() + error.square()).sum(dim=(1, 2))
    frames = lengths.to(total.dtype)
    if together:
        total, frames = total.sum(dim=0, keepdim=True), frames.sum(dim=0, keepdim=True)
    return total / (frames * target.shape[1])


def gate_loss(logits: Tensor, steps: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Cross entropy of the stop token ``logits`` [B, S], which is to fire at the last of each item's ``steps`` [B].

    One step among hundreds is positive: ``positive_weight`` makes up for that.
    """
    inside = length_mask(steps, logits.shape[1])
    last = torch.arange(logits.shape[1], device=logits.device)[None, :] == steps[:, None] - 1
    weight = torch.tensor(positive_weight, device=logits.device)
    loss = F.binary_cross_entropy_with_logits(
        logits.masked_fill(~inside, 0.0), last.to(logits.dtype), pos_weight=weight, reduction="none"
    )
    return (loss * inside).sum() / inside.sum()
