"""What a convolutional encoder hears of a mel: its logarithm, without the recording's own colour."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def frame_mask(mel: Tensor, lengths: Tensor | None) -> Tensor | None:
    """``[B, 1, T]``, 1 on frames inside ``lengths [B]`` and 0 after them; None where every row is full.

    None keeps whole batches free of multiplications that would change nothing.
    """
    if lengths is None or bool((lengths >= mel.shape[2]).all()):
        return None
    frames = torch.arange(mel.shape[2], device=mel.device)
    return (frames < lengths[:, None]).to(mel.dtype)[:, None, :]


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """``x [B, C, T]`` with zeros after each row's end, which is what a convolution sees past the end of a clip."""
    return x if mask is None else x * mask


class MelFeatures(nn.Module):
    """``forward(mel [B, n_mels, T], mask) -> [B, n_mels, T]``, float32, zeros after the end.

    ``log_floor``: the mel is still linear, as in GE2E's contract, and is taken to the logarithm above this floor;
    None if it is logarithmic already. ``mean_normalise`` subtracts each band's mean over the utterance, and with it
    level, microphone and distance.
    """

    def __init__(self, log_floor: float | None = None, mean_normalise: bool = True) -> None:
        super().__init__()
        self.log_floor = log_floor
        self.mean_normalise = mean_normalise

    def forward(self, mel: Tensor, mask: Tensor | None = None) -> Tensor:
        x = mel.float()
        if self.log_floor is not None:
            x = (x + self.log_floor).log()
        x = masked(x, mask)
        if self.mean_normalise:
            x = masked(x - mean_over_time(x, mask), mask)
        return x


def mean_over_time(x: Tensor, mask: Tensor | None) -> Tensor:
    """Mean ``[B, C, 1]`` of ``x [B, C, T]`` over the frames of each row."""
    if mask is None:
        return x.mean(2, keepdim=True)
    return (x * mask).sum(2, keepdim=True) / mask.sum(2, keepdim=True).clamp(min=1)
