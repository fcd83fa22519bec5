"""The layer that time-delay networks are made of."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.speaker.features import masked


class TDNNLayer(nn.Module):
    """Convolution over time, ReLU, batch norm: ``[B, inputs, T] -> [B, outputs, T]``."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            inputs, outputs, kernel_size, dilation=dilation, padding=dilation * (kernel_size - 1) // 2
        )
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return masked(self.norm(F.relu(self.conv(x))), mask)
