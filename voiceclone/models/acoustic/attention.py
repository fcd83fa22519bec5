"""Attention that knows where it has been."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.acoustic.repeated_linear import RepeatedLinear


@dataclass
class Prepared:
    """What an attention computes once per batch: ``memory`` [B, N, M], ``keys`` [B, N, A], ``padding`` [B, N], True
    behind the text, the product for the query, and whatever small weights the steps use."""

    memory: Tensor
    keys: Tensor
    padding: Tensor
    query: RepeatedLinear
    weights: tuple[Tensor, ...]

    def rows(self, index: Tensor | slice) -> Prepared:
        """The same for some items of the batch."""
        return Prepared(self.memory[index], self.keys[index], self.padding[index], self.query, self.weights)


class LocationSensitiveAttention(nn.Module):
    """Additive attention that also sees its last and its accumulated weights (Chorowski et al. 2015; Shen et al. 2018).

    Another attention takes its place if it has ``prepare``, ``start`` and ``forward`` with these shapes; its state
    is any one tensor whose first dimension is the batch.
    """

    def __init__(
        self,
        query_width: int,
        memory_width: int,
        width: int = 128,
        location_filters: int = 32,
        location_kernel: int = 31,
    ) -> None:
        super().__init__()
        self.query = nn.Linear(query_width, width, bias=False)
        self.keys = nn.Linear(memory_width, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)
        self.location_filters = nn.Conv1d(2, location_filters, location_kernel, bias=False)
        self.location = nn.Linear(location_filters, width, bias=False)
        for layer in (self.query, self.keys, self.location):
            nn.init.xavier_uniform_(layer.weight, nn.init.calculate_gain("tanh"))
        nn.init.xavier_uniform_(self.location_filters.weight)

    def prepare(self, memory: Tensor, lengths: Tensor, traceable: bool = False, sharpness: float = 1.0) -> Prepared:
        """``memory`` [B, N, M] of texts of ``lengths`` [B], and everything that the steps share.

        ``sharpness`` multiplies the scores: above 1 the weights gather on the symbols that have most of them.

        The scores ``v tanh(s)`` equal ``2 v sigmoid(2 s)`` up to a constant that the softmax does not see, and the
        sigmoid is the faster of the two: the factors of two are put into the weights here.
        """
        padding = torch.arange(memory.shape[1], device=memory.device)[None, :] >= lengths.to(memory.device)[:, None]
        small = (
            2 * sharpness * self.score.weight[0],
            self.location_filters.weight.flatten(1),
            2 * self.location.weight,
        )
        query = RepeatedLinear(2 * self.query.weight, traceable)
        return Prepared(memory, 2 * self.keys(memory), padding, query, small)

    def start(self, prepared: Prepared) -> Tensor:
        """The state before the first frame: last and accumulated weights, ``[B, 2, N]``."""
        batch, symbols, _ = prepared.memory.shape
        return prepared.memory.new_zeros(batch, 2, symbols, dtype=torch.float32)

    def forward(
        self, query: Tensor, prepared: Prepared, state: Tensor, given: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One frame: ``query`` [B, Q] -> context [B, M], weights [B, N] (sum 1, 0 on padding), the next state.

        ``given`` [B, N] takes the place of the weights.
        """
        weights = self._weights(query, prepared, state) if given is None else given
        context = torch.bmm(weights.to(prepared.memory.dtype).unsqueeze(1), prepared.memory).squeeze(1)
        return context, weights, torch.stack((weights, state[:, 1] + weights), dim=1)

    def _weights(self, query: Tensor, prepared: Prepared, state: Tensor) -> Tensor:
        score, filters, location = prepared.weights
        places = F.linear(F.linear(self._windows(state), filters), location).view_as(prepared.keys)
        hidden = (prepared.keys + places).add_(prepared.query(query).unsqueeze(1)).sigmoid_()
        energies = torch.matmul(hidden, score.to(hidden.dtype)).float()
        return energies.masked_fill(prepared.padding, -math.inf).softmax(dim=1)

    def _windows(self, state: Tensor) -> Tensor:
        """What the location filters see at each symbol, ``[B * N, 2 * kernel]``: a convolution as one product."""
        kernel = self.location_filters.kernel_size[0]
        windows = F.pad(state, (kernel // 2, kernel // 2)).unfold(2, kernel, 1)
        return windows.transpose(1, 2).reshape(-1, 2 * kernel)
