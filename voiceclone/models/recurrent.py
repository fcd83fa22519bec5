"""Recurrent layers whatever the precision."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def run(rnn: nn.LSTM | nn.GRU, inputs: Tensor, state: Any = None) -> tuple[Tensor, Any]:
    """``rnn(inputs, state)``; on a CPU in float32 even under autocast, since oneDNN's LSTM refuses bfloat16 on a CPU
    that has no instructions for it."""
    if inputs.device.type != "cpu":
        return rnn(inputs, state)
    with torch.autocast("cpu", enabled=False):
        return rnn(inputs.float(), state)
