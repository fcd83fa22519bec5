"""The part of the decoder that must go frame by frame: the attention and the LSTM that steers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.acoustic.attention import LocationSensitiveAttention, Prepared
from voiceclone.models.acoustic.lstm_step import lstm_step
from voiceclone.models.acoustic.repeated_linear import RepeatedLinear


class State(NamedTuple):
    """Between two frames: ``seen`` [B, H + M], the hidden state beside the context it found, ``cell`` [B, H], and
    the attention's own ``attention`` [B, ...]."""

    seen: Tensor
    cell: Tensor
    attention: Tensor

    def rows(self, index: Tensor | slice) -> State:
        """The same for some items of the batch."""
        return State(*(part[index] for part in self))


@dataclass
class Loop:
    """What stays the same from frame to frame: the attention's view of the memory, the product for the recurrent
    gates, and ``base`` [B or 1, 4H], the part of the gates that the frame has no say in."""

    prepared: Prepared
    gates: RepeatedLinear
    base: Tensor

    def rows(self, index: Tensor | slice) -> Loop:
        """The same for some items of the batch."""
        base = self.base if self.base.shape[0] == 1 else self.base[index]
        return replace(self, prepared=self.prepared.rows(index), base=base)


class AttentionRNN(nn.Module):
    """An LSTM over frames that reads the memory through ``attention`` (Shen et al. 2018).

    A condition enters as if it were appended to every frame's input; since it does not change, its product with the
    weights is computed once. That weight starts at zero, so that an unconditioned model can be carried over.
    """

    def __init__(
        self,
        input_width: int,
        memory_width: int,
        width: int,
        attention: LocationSensitiveAttention,
        dropout: float = 0.1,
        condition_width: int = 0,
    ) -> None:
        super().__init__()
        self.input_width = input_width
        self.cell = nn.LSTMCell(input_width + memory_width, width)
        self.attention = attention
        self.dropout = dropout
        self.condition = nn.Linear(condition_width, 4 * width, bias=False) if condition_width else None
        if self.condition is not None:
            nn.init.zeros_(self.condition.weight)

    def prepare(
        self,
        memory: Tensor,
        lengths: Tensor,
        condition: Tensor | None = None,
        traceable: bool = False,
        sharpness: float = 1.0,
    ) -> Loop:
        """``memory`` [B, N, M] of ``lengths`` [B] and ``condition`` [B, C] as the loop wants them, the attention by
        ``sharpness`` more decided than it is."""
        recurrent = torch.cat((self.cell.weight_hh, self.cell.weight_ih[:, self.input_width :]), dim=1)
        base = (self.cell.bias_ih + self.cell.bias_hh).unsqueeze(0)
        if condition is not None and self.condition is not None:
            base = base + self.condition(condition)
        prepared = self.attention.prepare(memory, lengths, traceable, sharpness)
        return Loop(prepared, RepeatedLinear(recurrent, traceable), base)

    def start(self, loop: Loop) -> State:
        """Silence before the first frame."""
        memory = loop.prepared.memory
        hidden = memory.new_zeros(memory.shape[0], self.cell.hidden_size, dtype=torch.float32)
        context = memory.new_zeros(memory.shape[0], memory.shape[2], dtype=torch.float32)
        return State(torch.cat((hidden, context), dim=1), hidden, self.attention.start(loop.prepared))

    def inputs(self, frames: Tensor, loop: Loop) -> Tensor:
        """The gates' share that needs no recurrence: prenet output [..., B, P] -> [..., B, 4H]."""
        return F.linear(frames, self.cell.weight_ih[:, : self.input_width]) + loop.base

    def forward(
        self, inputs: Tensor, state: State, loop: Loop, given: Tensor | None = None
    ) -> tuple[Tensor, Tensor, State]:
        """Run over ``inputs`` [S, B, 4H] from ``inputs()``: seen [S, B, H + M], weights [S, B, N], the last state.

        ``given`` [S, B, N] are attention weights to follow instead of the attention's own.
        """
        steps = inputs.shape[0]
        kept: Sequence[Tensor | None] = [None] * steps
        if self.training and self.dropout:
            kept = F.dropout(inputs.new_ones(steps, *state.cell.shape), self.dropout).unbind()
        followed: Sequence[Tensor | None] = [None] * steps if given is None else given.unbind()
        seen, weights = [], []
        for x, keep, follow in zip(inputs.unbind(), kept, followed, strict=True):
            state, attended = self.step(x, state, loop, keep, follow)
            seen.append(state.seen)
            weights.append(attended)
        return torch.stack(seen), torch.stack(weights), state

    def step(
        self, x: Tensor, state: State, loop: Loop, keep: Tensor | None = None, given: Tensor | None = None
    ) -> tuple[State, Tensor]:
        """One frame: ``x`` [B, 4H] -> the next state and the weights [B, N]."""
        hidden, cell = lstm_step(loop.gates, state.seen, x, state.cell)
        if keep is not None:
            hidden = hidden * keep
        context, weights, attention = self.attention(hidden, loop.prepared, state.attention, given)
        return State(torch.cat((hidden, context), dim=1), cell, attention), weights
