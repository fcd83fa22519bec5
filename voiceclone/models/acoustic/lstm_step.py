"""One frame of an LSTM whose input-side product was computed for all frames beforehand."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from voiceclone.models.acoustic.repeated_linear import RepeatedLinear


def lstm_step(linear: RepeatedLinear, x: Tensor, added: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """The next hidden state and cell, ``[B, H]`` each.

    ``x`` [B, in] is what ``linear`` [4H, in] multiplies, ``added`` [B, 4H] the part of the gates that is known
    already, in torch's order input, forget, cell, output; ``cell`` [B, H] stays in its own precision.
    """
    if not linear.traceable:
        return _Step.apply(linear.anchor, x, added, cell, linear)
    i, f, g, o = (linear(x) + added).to(cell.dtype).chunk(4, dim=1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


class _Step(torch.autograd.Function):
    """Written out because autograd would keep and touch three times as many intermediates per frame."""

    @staticmethod
    def forward(
        ctx: Any, anchor: Tensor, x: Tensor, added: Tensor, cell: Tensor, linear: RepeatedLinear
    ) -> tuple[Tensor, Tensor]:
        gates = linear.product(x).add_(added).to(cell.dtype)
        i, f, g, o = gates.chunk(4, dim=1)
        # tanh(g) = 2 sigmoid(2g) - 1: on the CPU the sigmoid is several times as fast.
        g.mul_(2)
        gates.sigmoid_()
        g.mul_(2).sub_(1)
        new_cell = torch.addcmul(f * cell, i, g)
        squashed = new_cell.mul(2).sigmoid_().mul_(2).sub_(1)
        ctx.linear = linear
        ctx.save_for_backward(x, gates, cell, squashed)
        return o * squashed, new_cell

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor, Tensor, Tensor, None]:
        x, gates, cell, squashed = ctx.saved_tensors
        grad_hidden, grad_cell = gradients
        i, f, g, o = gates.chunk(4, dim=1)
        through = torch.addcmul(grad_cell, grad_hidden * o, 1 - squashed * squashed)
        # d sigmoid = s (1 - s), d tanh = 1 - t^2, each times what it was multiplied with.
        slope = gates - gates * gates
        slope.chunk(4, dim=1)[2].copy_(1 - g * g)
        outer = torch.cat((through * g, through * cell, through * i, grad_hidden * squashed), dim=1)
        grad_gates = outer.mul_(slope)
        ctx.linear.collect(x, grad_gates)
        grad_x = ctx.linear.transposed_product(grad_gates).to(x.dtype)
        return None, grad_x, grad_gates, through * f, None
