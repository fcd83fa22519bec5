"""How something was said, read from a recording."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.masks import length_mask


class ReferenceEncoder(nn.Module):
    """Strided 2-d convolutions over the mel, a GRU over what is left, one vector (Skerry-Ryan et al. 2018).

    A narrow ``width`` is the point: there is room for the manner of speaking and little for the words. The mel is
    put on a scale near 1 with ``mean`` and ``scale``.
    """

    def __init__(
        self,
        n_mels: int,
        width: int,
        channels: Sequence[int] = (32, 32, 64, 64, 128, 128),
        gru_width: int = 128,
        mean: float = -5.0,
        scale: float = 2.5,
    ) -> None:
        super().__init__()
        widths = [1, *channels]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        self.norms = nn.ModuleList(_MaskedNorm(after) for after in channels)
        bands = n_mels
        for _ in channels:
            bands = (bands + 1) // 2
        self.gru = nn.GRU(bands * widths[-1], gru_width, batch_first=True)
        self.head = nn.Linear(gru_width, width)
        self.mean, self.scale = mean, scale

    def forward(self, mel: Tensor, lengths: Tensor) -> Tensor:
        """``mel`` [B, n_mels, T] with ``lengths`` [B] -> ``[B, width]``; the padding is not seen."""
        lengths = lengths.to(mel.device)
        x = ((mel - self.mean) / self.scale * length_mask(lengths, mel.shape[2]).unsqueeze(1)).unsqueeze(1)
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(x)
            lengths = torch.div(lengths + 1, 2, rounding_mode="floor")
            x = F.relu(norm(x, lengths)) * length_mask(lengths, x.shape[3])[:, None, None]
        frames, _ = self.gru(x.flatten(1, 2).transpose(1, 2))
        last = frames[torch.arange(len(frames), device=mel.device), lengths - 1]
        return self.head(last)


class _MaskedNorm(nn.Module):
    """Layer norm over the channels, bands and real frames of each item."""

    def __init__(self, channels: int, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))
        self.epsilon = epsilon

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """``x`` [B, C, F, T] with ``lengths`` [B]."""
        mask = length_mask(lengths, x.shape[3])[:, None, None]
        count = lengths.view(-1, 1, 1, 1) * x.shape[1] * x.shape[2]
        mean = (x * mask).sum(dim=(1, 2, 3), keepdim=True) / count
        variance = ((x - mean).square() * mask).sum(dim=(1, 2, 3), keepdim=True) / count
        return (x - mean) * torch.rsqrt(variance + self.epsilon) * self.weight + self.bias
