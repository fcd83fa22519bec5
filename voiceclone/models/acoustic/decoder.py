"""The memory becomes frames: teacher-forced here, free-running in `free_running`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from voiceclone.errors import ConfigError
from voiceclone.models.acoustic.attention import LocationSensitiveAttention
from voiceclone.models.acoustic.melody import Melody, pitch_of_steps
from voiceclone.models.acoustic.prenet import Prenet
from voiceclone.models.acoustic.recurrence import AttentionRNN, Loop, State
from voiceclone.models.recurrent import run


class Decoded(NamedTuple):
    """``mel`` [B, n_mels, S * r], ``gate_logits`` [B, S], ``alignments`` [B, S, N] for S steps of r frames; ``pitch``
    [B, S, 2], log-F0 and voicing logit as predicted, [B, S, 0] without a melody."""

    mel: Tensor
    gate_logits: Tensor
    alignments: Tensor
    pitch: Tensor


class Decoder(nn.Module):
    """Prenet, attention RNN, decoder RNN and the projections to frames and to the stop token (Shen et al. 2018).

    ``reduction`` is the largest number of frames a step may make; the attribute of the same name is the number it
    makes now, may be lowered while training, and is part of the state dict. Per-frame work is kept to what the
    recurrence needs: the decoder RNN feeds nothing back, so it runs over many frames at once. The loop goes in
    segments of ``segment`` steps; at each one, items that have ended leave the batch, and with ``checkpointing``
    its insides are computed again in the backward pass instead of kept. ``compile_mode`` hands the attention RNN's part
    to torch.compile ("default", "reduce-overhead" for CUDA graphs, ...), which wants equal shapes: then nothing leaves.
    ``frame_dropout`` is the share of teacher frames replaced by the mean frame (Liu et al. 2019).
    """

    def __init__(
        self,
        n_mels: int,
        prenet: Prenet,
        attention: LocationSensitiveAttention,
        memory_width: int = 512,
        attention_rnn_width: int = 1024,
        decoder_rnn_width: int = 1024,
        attention_dropout: float = 0.1,
        decoder_dropout: float = 0.1,
        condition_width: int = 0,
        reduction: int = 1,
        frame_dropout: float = 0.0,
        segment: int = 64,
        checkpointing: bool = False,
        compile_mode: str | None = None,
    ) -> None:
        super().__init__()
        self.n_mels = n_mels
        self.condition_width = condition_width
        self.largest_reduction = self._reduction = reduction
        self.prenet = prenet
        self.attention_rnn = AttentionRNN(
            prenet.width, memory_width, attention_rnn_width, attention, attention_dropout, condition_width
        )
        self.decoder_rnn = nn.LSTM(attention_rnn_width + memory_width, decoder_rnn_width)
        self.decoder_dropout = decoder_dropout
        self.projection = nn.Linear(decoder_rnn_width + memory_width, n_mels * reduction)
        self.gate = nn.Linear(decoder_rnn_width + memory_width, 1)
        nn.init.xavier_uniform_(self.projection.weight)
        nn.init.xavier_uniform_(self.gate.weight)
        self.frame_dropout = frame_dropout
        self.segment = segment
        self.checkpointing = checkpointing
        self.compiles = compile_mode is not None
        if self.compiles:
            self.attention_rnn.compile(mode=compile_mode)

    @property
    def reduction(self) -> int:
        """Frames per step now; setting it outside 1..largest raises `ConfigError`."""
        return self._reduction

    @reduction.setter
    def reduction(self, frames: int) -> None:
        if not 1 <= frames <= self.largest_reduction:
            raise ConfigError(f"reduction: expected 1 to {self.largest_reduction} frames a step, got {frames}.")
        self._reduction = frames

    def get_extra_state(self) -> Tensor:
        return torch.tensor(self._reduction)

    def set_extra_state(self, state: Any) -> None:
        self.reduction = int(state)

    def forward(
        self,
        memory: Tensor,
        memory_lengths: Tensor,
        mel: Tensor,
        lengths: list[int],
        condition: Tensor | None = None,
        prenet_dropout: bool = True,
        alignment: Tensor | None = None,
        melody: Melody | None = None,
        f0: Tensor | None = None,
    ) -> Decoded:
        """Predict each frame of ``mel`` [B, n_mels, T] from those before it.

        ``memory`` [B, N, M] with ``memory_lengths`` [B]; ``lengths`` are the frames of each item that anyone wants,
        everything behind them is zero; ``condition`` [B, C]; ``alignment`` [B, S, N] is followed if given.
        The ``melody`` is that of ``f0`` [B, T] in Hz, 0 where unvoiced, if given, else as predicted.
        """
        loop = self.attention_rnn.prepare(memory, memory_lengths, condition, self.compiles)
        ends = [-(-length // self.reduction) for length in lengths]
        order = sorted(range(len(ends)), key=lambda item: -ends[item])
        rows = torch.tensor(order, device=mel.device)
        given = None if alignment is None else alignment.transpose(0, 1)[:, rows]
        teacher = self._teacher(mel)[:, rows]
        melody = (melody or Melody.none(len(mel), mel)).rows(rows)
        truth = None if f0 is None else pitch_of_steps(f0, self.reduction).transpose(0, 1)[:, rows]
        ends = [ends[item] for item in order]
        decoded = self._by_segments(teacher, prenet_dropout, loop.rows(rows), given, melody, truth, ends)
        back = torch.argsort(rows)
        frames, gates, weights, pitch = (part.transpose(0, 1)[back] for part in decoded)
        return Decoded(self.unfold(frames), gates, weights, pitch)

    def project(self, hidden: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """``hidden`` [..., D], ``context`` [..., M] -> frames [..., r * n_mels], gate logits [...]."""
        both = torch.cat((hidden, context), dim=-1)
        width = self.reduction * self.n_mels
        frames = F.linear(both, self.projection.weight[:width], self.projection.bias[:width])
        return frames.float(), self.gate(both).squeeze(-1).float()

    def unfold(self, frames: Tensor) -> Tensor:
        """``[B, S, r * n_mels]`` -> ``[B, n_mels, S * r]``."""
        return frames.reshape(frames.shape[0], -1, self.n_mels).transpose(1, 2)

    def _teacher(self, mel: Tensor) -> Tensor:
        """The frame each step starts from, ``[S, B, n_mels]``: zeros, then the last frame of every step before."""
        batch, n_mels, frames = mel.shape
        steps = -(-frames // self.reduction)
        teacher = mel[:, :, self.reduction - 1 :: self.reduction][:, :, : steps - 1].permute(2, 0, 1)
        if self.training and self.frame_dropout:
            dropped = torch.rand(steps - 1, batch, 1, device=mel.device) < self.frame_dropout
            teacher = torch.where(dropped, teacher.mean(dim=(0, 1)), teacher)
        return torch.cat((mel.new_zeros(1, batch, n_mels), teacher))

    def _by_segments(
        self,
        teacher: Tensor,
        dropout: bool,
        loop: Loop,
        given: Tensor | None,
        melody: Melody,
        truth: Tensor | None,
        ends: list[int],
    ) -> list[Tensor]:
        """Time-major frames, gates, weights and pitch of items sorted from long to short, zero past their ``ends``."""
        steps, batch, _ = teacher.shape
        if self.compiles:
            ends = [-(-steps // self.segment) * self.segment] * batch
            teacher = _fit(teacher, ends[0])
            given, truth = (None if part is None else _fit(part, ends[0]) for part in (given, truth))
        state = self.attention_rnn.start(loop)
        hidden = state.cell.new_zeros(2, batch, self.decoder_rnn.hidden_size)
        tune = melody.start()
        parts = []
        for start, stop, active in self._segments(ends):
            arguments = (
                teacher[start:stop, :active],
                dropout,
                state.rows(slice(active)),
                hidden[:, :active],
                loop.rows(slice(active)),
                None if given is None else given[start:stop, :active],
                melody.rows(slice(active)),
                None if truth is None else truth[start:stop, :active],
                tune[:, :active],
            )
            *outputs, state, hidden, tune = self._checkpointed(*arguments)
            parts.append([_grow(output, batch) for output in outputs])
        return [_fit(torch.cat(part), steps) for part in zip(*parts, strict=True)]

    def _segments(self, ends: list[int]) -> Iterator[tuple[int, int, int]]:
        for start in range(0, ends[0], self.segment):
            yield start, min(start + self.segment, ends[0]), sum(end > start for end in ends)

    def _checkpointed(self, *arguments: Any) -> Any:
        if self.checkpointing and torch.is_grad_enabled():
            return checkpoint(self._decode, *arguments, use_reentrant=False)
        return self._decode(*arguments)

    def _decode(
        self,
        teacher: Tensor,
        dropout: bool,
        state: State,
        hidden: Tensor,
        loop: Loop,
        given: Tensor | None,
        melody: Melody,
        truth: Tensor | None,
        tune: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, State, Tensor, Tensor]:
        inputs = self.attention_rnn.inputs(self.prenet(teacher, dropout), loop)
        seen, weights, state = self.attention_rnn(inputs, state, loop, given)
        seen, pitch, tune = melody.follow(seen, weights, tune, truth)
        out, last = run(self.decoder_rnn, seen, (hidden[:1].contiguous(), hidden[1:].contiguous()))
        out = F.dropout(out, self.decoder_dropout, self.training)
        frames, gates = self.project(out, seen[..., state.cell.shape[1] :])
        return frames, gates, weights, pitch, state, torch.cat(last), tune


def _grow(part: Tensor, batch: int) -> Tensor:
    """``[S, b, ...]`` -> ``[S, batch, ...]``, zeros for the items that have left."""
    return F.pad(part, (0, 0) * (part.dim() - 2) + (0, batch - part.shape[1]))


def _fit(part: Tensor, steps: int) -> Tensor:
    """``[S, ...]`` cut or filled up with zeros to ``[steps, ...]``."""
    return F.pad(part, (0, 0) * (part.dim() - 1) + (0, steps - part.shape[0]))
