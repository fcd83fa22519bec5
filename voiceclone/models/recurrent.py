"""Recurrent layers whatever the precision."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence


def run(rnn: nn.LSTM | nn.GRU, inputs: Tensor | PackedSequence, state: Any = None) -> tuple[Any, Any]:
    """``rnn(inputs, state)``; on a CPU in float32 even under autocast, since oneDNN's LSTM refuses bfloat16 on a CPU
    that has no instructions for it."""
    if inputs.data.device.type != "cpu":
        return rnn(inputs, state)
    with torch.autocast("cpu", enabled=False):
        return rnn(inputs.float(), state)
