"""Which emotion a mel was spoken with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.masks import length_mask


class EmotionClassifier(nn.Module):
    """Dilated convolutions over the mel and attentive statistics over time, the shape of an x-vector network
    (Snyder et al. 2018; Okabe et al. 2018). ``labels`` are the emotions in the order of the logits."""

    def __init__(
        self,
        n_mels: int,
        labels: Sequence[str],
        width: int = 128,
        dilations: Sequence[int] = (1, 2, 3, 1),
        dropout: float = 0.3,
        mean: float = -5.0,
        scale: float = 2.5,
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.mean, self.scale = mean, scale
        sizes = [n_mels, *[width] * len(dilations)]
        self.convolutions = nn.ModuleList(
            nn.Conv1d(sizes[i], sizes[i + 1], 5, padding=2 * dilation, dilation=dilation)
            for i, dilation in enumerate(dilations)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in dilations)
        self.attention = nn.Conv1d(width, width, 1)
        self.head = nn.Linear(2 * width, len(self.labels))
        self.dropout = dropout

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """``mel`` [B, n_mels, T] with ``lengths`` [B] -> logits ``[B, len(labels)]``."""
        if lengths is None:
            lengths = torch.full((mel.shape[0],), mel.shape[2], device=mel.device)
        mask = length_mask(lengths.to(mel.device), mel.shape[2]).unsqueeze(1)
        x = (mel - self.mean) / self.scale
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = norm(F.relu(convolution(x * mask)))
        weights = self.attention(x).masked_fill(~mask, float("-inf")).softmax(dim=2)
        mean = (x * weights).sum(dim=2)
        deviation = ((x - mean.unsqueeze(2)).square() * weights).sum(dim=2).clamp(min=1e-6).sqrt()
        return self.head(F.dropout(torch.cat((mean, deviation), dim=1), self.dropout, self.training))
