"""The text as the melody reads it."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from voiceclone.models.recurrent import over_lengths, run


class TextReading(nn.Module):
    """Symbols -> what they say about pitch, at the places of the memory.

    The text's encoder learns what the mel needs, and a tone is little of that: the symbol that says it stands behind
    the syllable that has it, and the memory before it hardly knows. This one learns from the melody's losses alone.
    What it says is added to the memory, and starts at zero, so that a melody without it can be carried over.
    """

    def __init__(self, n_symbols: int, memory_width: int, width: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_symbols, width)
        self.rnn = nn.GRU(width, width // 2, batch_first=True, bidirectional=True)
        self.to_memory = nn.Linear(width, memory_width, bias=False)
        nn.init.zeros_(self.to_memory.weight)

    def forward(self, symbols: Tensor, lengths: Tensor) -> Tensor:
        """``symbols`` [B, N] int64, ``lengths`` [B] -> ``[B, N, memory_width]``, zero on padding."""
        return self.to_memory(over_lengths(partial(run, self.rnn), self.embedding(symbols), lengths))
