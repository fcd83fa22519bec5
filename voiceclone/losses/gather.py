"""The embeddings of all processes as one batch, with gradients that come out right under DDP."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


class _Gather(torch.autograd.Function):
    """Concatenate along dimension 0 over the ranks.

    Every rank computes the same loss of the whole batch, and DDP then averages the ranks' gradients. Each rank's
    rows reach the weights on that rank alone, so the average would be too small by the number of ranks: the
    backward pass multiplies by it.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.n_rows = rows.shape[0]
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        first = dist.get_rank() * ctx.n_rows
        return gradients[0][first : first + ctx.n_rows] * dist.get_world_size()


def gather_rows(rows: Tensor) -> Tensor:
    """Rows ``[B, ...]`` of all ranks as ``[B * ranks, ...]``, in rank order; ``rows`` itself in a single process.

    All ranks must hand over the same shape.
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return rows
    return _Gather.apply(rows)
