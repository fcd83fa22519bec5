"""Recurrent layers whatever the precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


def run(rnn: nn.LSTM | nn.GRU, inputs: Tensor | PackedSequence, state: Any = None) -> tuple[Any, Any]:
    """``rnn(inputs, state)``; on a CPU in float32 even under autocast, since oneDNN's LSTM refuses bfloat16 on a CPU
    that has no instructions for it."""
    if inputs.data.device.type != "cpu":
        return rnn(inputs, state)
    with torch.autocast("cpu", enabled=False):
        return rnn(inputs.float(), state)


def over_lengths(rnn: Callable[[PackedSequence], tuple[Any, Any]], x: Tensor, lengths: Tensor) -> Tensor:
    """What ``rnn`` (batch first) makes of ``x`` [B, N, C] of ``lengths`` [B]: ``[B, N, H]``, zero on padding."""
    packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(rnn(packed)[0], batch_first=True, total_length=x.shape[1])[0]
