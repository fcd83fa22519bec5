"""A padded batch laid end to end, so that convolutions spend nothing on its padding."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


class Ragged:
    """Puts the items of a batch into one row, ``gap`` positions apart, and back.

    ``inside`` [1, 1, L] is 1 on the items and 0 between them: a row multiplied by it before every convolution that
    reaches at most ``gap`` positions keeps each item as it would be alone.
    """

    def __init__(self, mask: Tensor, gap: int) -> None:
        """``mask`` [B, T] is True from the start of each item to its end."""
        self.shape, self.gap = mask.shape, gap
        mask = F.pad(mask, (0, gap))
        # An item and the gap behind it: everything up to `gap` positions past a real one.
        kept = mask | F.pad(mask, (gap, 0))[:, : mask.shape[1]]
        self.places = kept.flatten().nonzero().squeeze(1)
        self.inside = mask.flatten()[self.places].to(torch.float32)[None, None]

    def join(self, x: Tensor) -> Tensor:
        """``[B, C, T]`` -> ``[1, C, L]``."""
        row = F.pad(x, (0, self.gap)).transpose(0, 1).flatten(1)
        return row.index_select(1, self.places).unsqueeze(0)

    def part(self, row: Tensor) -> Tensor:
        """``[1, C, L]`` -> ``[B, C, T]``, zero outside the items."""
        batch, length = self.shape
        kept = (row * self.inside).squeeze(0)
        whole = kept.new_zeros(len(kept), batch * (length + self.gap)).index_copy(1, self.places, kept)
        return whole.view(-1, batch, length + self.gap)[:, :, :length].transpose(0, 1)
