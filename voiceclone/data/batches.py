"""What a network is handed: one dataclass per task, lengths explicit, ready to be moved to a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

Self = TypeVar("Self", bound="Batch")


@dataclass(frozen=True)
class Batch:
    """A dataclass of tensors that moves as a whole; Lightning and torch's DataLoader call these by name."""

    def to(self: Self, device: torch.device | str, non_blocking: bool = False) -> Self:
        """A copy whose tensors are on ``device``."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self: Self) -> Self:
        """A copy in page-locked memory, from which a GPU can fetch without waiting."""
        return self._each(lambda tensor: tensor.pin_memory())

    def _each(self: Self, move: Callable[[Tensor], Tensor]) -> Self:
        return replace(self, **{f.name: _apply(getattr(self, f.name), move) for f in fields(self)})


def _apply(value: Any, move: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return move(value)
    if isinstance(value, dict):
        return {name: _apply(inner, move) for name, inner in value.items()}
    return value


def length_mask(lengths: Tensor, longest: int | None = None) -> Tensor:
    """True inside each row's length: ``lengths`` [B] -> bool [B, ``longest``], which defaults to the maximum."""
    longest = int(lengths.max()) if longest is None else longest
    return torch.arange(longest, device=lengths.device)[None, :] < lengths[:, None]


@dataclass(frozen=True)
class SpeakerBatch(Batch):
    """N speakers times M utterances for GE2E, rows grouped by speaker.

    ``mel`` [N*M, n_mels, T] are random partials, ``lengths`` [N*M] their frames before padding, ``speakers`` [N]
    the speaker of each group, ``n_utterances`` is M. ``clips`` [N*M] are the numbers of whole clips, None of partials.
    """

    mel: Tensor
    lengths: Tensor
    speakers: Tensor
    n_utterances: int
    clips: Tensor | None = None


@dataclass(frozen=True)
class VocoderBatch(Batch):
    """Waveform segments with exactly their mel frames.

    ``wave`` [B, 1, L] in -1..1, ``mel`` [B, n_mels, L // hop_length]; ``ids`` the B clips they come from;
    ``extra`` further streams at mel rate, each [B, T] or [B, C, T]; ``predicted`` [B], where both kinds are mixed: True
    for an acoustic model's mels, False for recordings'.
    """

    wave: Tensor
    mel: Tensor
    ids: list[str]
    extra: dict[str, Tensor] = field(default_factory=dict)
    predicted: Tensor | None = None


@dataclass(frozen=True)
class AcousticBatch(Batch):
    """Whole utterances for the acoustic model, padded at the end.

    ``symbols`` [B, N] int64 and ``symbol_lengths`` [B]; ``mel`` [B, n_mels, T] and ``mel_lengths`` [B];
    ``speaker``, ``language`` [B] int64; ``speaker_embedding`` [B, D] (D = 0 if the store has none);
    ``emotion`` [B] int64, -1 where unlabelled; ``intensity`` [B], 1 where not said, 0 for neutral;
    ``prosody`` [B, 4]: mean log-F0, its range (p95 - p5), mean energy in dB, symbols per second; ``prosody_change``
    [B, 4]: what of it is not the speaker's neutral mean, NaN where that is not known;
    ``f0`` [B, T] Hz, 0 where unvoiced; ``energy`` [B, T] dB; ``ids`` the B clips;
    ``extra`` further streams at mel rate, each [B, T] or [B, C, T].
    """

    symbols: Tensor
    symbol_lengths: Tensor
    mel: Tensor
    mel_lengths: Tensor
    speaker: Tensor
    speaker_embedding: Tensor
    emotion: Tensor
    intensity: Tensor
    language: Tensor
    prosody: Tensor
    f0: Tensor
    energy: Tensor
    ids: list[str]
    extra: dict[str, Tensor] = field(default_factory=dict)
    prosody_change: Tensor | None = None

    @property
    def symbol_mask(self) -> Tensor:
        """[B, N], True on symbols, False on padding."""
        return length_mask(self.symbol_lengths, self.symbols.shape[1])

    @property
    def mel_mask(self) -> Tensor:
        """[B, T], True on frames of the utterance, False on padding."""
        return length_mask(self.mel_lengths, self.mel.shape[2])
