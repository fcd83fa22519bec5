"""The decoder on its own: each frame is made from the model's last one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from voiceclone.models.acoustic.decoder import Decoded, Decoder
from voiceclone.models.acoustic.lstm_step import lstm_step
from voiceclone.models.acoustic.melody import Melody
from voiceclone.models.acoustic.recurrence import Loop, State
from voiceclone.models.acoustic.repeated_linear import RepeatedLinear
from voiceclone.models.acoustic.stopping import StopRule, StopWatch

# A look at who has ended makes the host wait for a GPU; every so many steps is often enough.
_STEPS_BETWEEN_LOOKS = {"cpu": 4, "cuda": 32}


@dataclass(frozen=True)
class Drive:
    """How to run: the stop rule, the prenet's dropout and its randomness, ``steps`` [B] to make exactly, an
    ``alignment`` [B, S, N] to follow instead of the model's own attention, or that one's ``sharpness``."""

    rule: StopRule
    prenet_dropout: bool = True
    generator: torch.Generator | None = None
    steps: Tensor | None = None
    alignment: Tensor | None = None
    sharpness: float = 1.0


class _Moving(NamedTuple):
    """What the next step of the items still running starts from."""

    frame: Tensor
    state: State
    hidden: Tensor
    cell: Tensor
    tune: Tensor

    def rows(self, index: Tensor) -> _Moving:
        inner = (self.hidden[index], self.cell[index], self.tune[:, index])
        return _Moving(self.frame[index], self.state.rows(index), *inner)


def run_free(
    decoder: Decoder,
    memory: Tensor,
    lengths: Tensor,
    condition: Tensor | None,
    drive: Drive,
    melody: Melody | None = None,
) -> tuple[Decoded, StopWatch]:
    """Decode ``memory`` [B, N, M] of ``lengths`` [B] under ``condition`` [B, C] until every item has stopped.

    Everything past an item's ``watch.steps`` is zero. Items that have ended leave the batch.
    """
    watch = StopWatch(drive.rule, lengths, decoder.reduction, drive.steps)
    loop = decoder.attention_rnn.prepare(memory, lengths, condition, sharpness=drive.sharpness)
    stepper = _Stepper(decoder, drive)
    melody = melody or Melody.none(len(memory), memory)
    moving = stepper.start(loop, melody)
    rows = torch.arange(len(lengths), device=memory.device)
    look = _STEPS_BETWEEN_LOOKS.get(memory.device.type, 32)
    made: list[tuple[Tensor, ...]] = []
    while True:
        if watch.step % look == 0:
            running = watch.running
            if not bool(running.any()):
                break
            if int(running.sum()) < len(rows):
                left = running[rows].nonzero().squeeze(1)
                rows, loop, moving = rows[left], loop.rows(left), moving.rows(left)
                melody = melody.rows(left)
        moving, *outputs = stepper(moving, loop, melody, rows, watch.step)
        step = tuple(_spread(part, rows, len(lengths)) for part in outputs)
        watch.see(step[1], step[2])
        made.append(step)
    return _assemble(decoder, made, watch), watch


class _Stepper:
    """One step of the whole decoder, its second LSTM included."""

    def __init__(self, decoder: Decoder, drive: Drive) -> None:
        from_input, from_hidden, *biases = decoder.decoder_rnn.all_weights[0]
        self.decoder, self.drive = decoder, drive
        self.second = RepeatedLinear(torch.cat((from_input, from_hidden), dim=1))
        self.second_bias = biases[0] + biases[1]
        rnn = decoder.attention_rnn
        self.inputs = RepeatedLinear(rnn.cell.weight_ih[:, : rnn.input_width])

    def start(self, loop: Loop, melody: Melody) -> _Moving:
        """Silence: a frame of zeros, and states of zeros."""
        batch = loop.prepared.memory.shape[0]
        state = self.decoder.attention_rnn.start(loop)
        hidden = state.cell.new_zeros(batch, self.decoder.decoder_rnn.hidden_size)
        return _Moving(state.cell.new_zeros(batch, self.decoder.n_mels), state, hidden, hidden, melody.start())

    def __call__(
        self, moving: _Moving, loop: Loop, melody: Melody, rows: Tensor, step: int
    ) -> tuple[_Moving, Tensor, Tensor, Tensor, Tensor]:
        """The next ``moving``, frames [b, r * n_mels], gate logits [b], weights [b, N] and pitch [b, 2]."""
        decoder, drive = self.decoder, self.drive
        heard = decoder.prenet(moving.frame, drive.prenet_dropout, drive.generator)
        given = None if drive.alignment is None else drive.alignment[rows, min(step, drive.alignment.shape[1] - 1)]
        inputs = self.inputs.product(heard) + loop.base
        state, weights = decoder.attention_rnn.step(inputs, moving.state, loop, given=given)
        seen, pitch, tune = melody.follow(state.seen.unsqueeze(0), weights.unsqueeze(0), moving.tune)
        joined = torch.cat((seen[0], moving.hidden), dim=1)
        hidden, cell = lstm_step(self.second, joined, self.second_bias, moving.cell)
        frames, gate = decoder.project(hidden, seen[0, :, state.cell.shape[1] :])
        return _Moving(frames[:, -decoder.n_mels :], state, hidden, cell, tune), frames, gate, weights, pitch[0]


def _spread(part: Tensor, rows: Tensor, batch: int) -> Tensor:
    """``[b, ...]`` of the items still running -> ``[batch, ...]``, zero for the others."""
    if part.shape[0] == batch:
        return part
    return part.new_zeros(batch, *part.shape[1:]).index_copy(0, rows, part)


def _assemble(decoder: Decoder, made: list[tuple[Tensor, ...]], watch: StopWatch) -> Decoded:
    steps = int(watch.steps.max())
    frames, gates, weights, pitch = (torch.stack(part, dim=1)[:, :steps] for part in zip(*made, strict=True))
    inside = torch.arange(steps, device=frames.device)[None, :] < watch.steps[:, None]
    mel = decoder.unfold(frames * inside.unsqueeze(2))
    return Decoded(mel, gates * inside, weights * inside.unsqueeze(2), pitch * inside.unsqueeze(2))
