"""Symbols become the memory that the attention reads."""

from __future__ import annotations

import math

from torch import Tensor, nn

from voiceclone.models.acoustic.convolutions import ConvStack
from voiceclone.models.recurrent import over_lengths


class TextEncoder(nn.Module):
    """Embedding, convolutions and a bidirectional LSTM (Shen et al. 2018)."""

    def __init__(
        self, n_symbols: int, width: int = 512, n_convolutions: int = 3, kernel_size: int = 5, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.n_symbols = n_symbols
        self.width = width
        self.embedding = nn.Embedding(n_symbols, width)
        self.convolutions = ConvStack([width] * (n_convolutions + 1), kernel_size, nn.ReLU(), dropout)
        self.lstm = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True)
        spread = math.sqrt(6 / (n_symbols + width))
        nn.init.uniform_(self.embedding.weight, -spread, spread)

    def forward(self, symbols: Tensor, lengths: Tensor, mask: Tensor | None = None) -> Tensor:
        """``symbols`` [B, N] int64, ``lengths`` [B] -> memory [B, N, width], zero on padding.

        ``mask`` [B, N] keeps the convolutions off the padding.
        """
        x = self.convolutions(self.embedding(symbols).transpose(1, 2), mask).transpose(1, 2)
        return over_lengths(self.lstm, x, lengths)
