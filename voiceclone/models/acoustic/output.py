"""What the acoustic model gives back."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from voiceclone.models.acoustic.alignment import AlignmentQuality
from voiceclone.models.acoustic.conditioning import Conditioned


@dataclass(frozen=True)
class TacotronOutput:
    """A batch of spectrograms, for S decoder steps of r frames each.

    ``mel`` and ``mel_postnet`` [B, n_mels, T], before and after the postnet, 0 past each item's length;
    ``gate_logits`` [B, S], the stop token, 1e3 past it; ``alignments`` [B, S, N], over the N symbols, 0 past it;
    ``mel_lengths`` [B] in frames and ``steps`` [B]; ``pitch`` [B, S, 2], predicted log-F0 (log Hz) and voicing logit,
    None without a melody; ``conditioned``: what the conditioning made, None without one.
    """

    mel: Tensor
    mel_postnet: Tensor
    gate_logits: Tensor
    alignments: Tensor
    mel_lengths: Tensor
    steps: Tensor
    conditioned: Conditioned | None = None
    pitch: Tensor | None = None


@dataclass(frozen=True)
class FreeRunningOutput(TacotronOutput):
    """`TacotronOutput` of a model that ran on its own: ``stopped_by`` names per item what ended it (see
    `stopping.REASONS`), ``quality`` how well its attention walked."""

    stopped_by: tuple[str, ...] = ()
    quality: AlignmentQuality | None = None
