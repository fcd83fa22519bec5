"""How well an attention walked through its text."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from voiceclone.models.masks import length_mask


@dataclass(frozen=True)
class AlignmentQuality:
    """Three figures per item, each ``[B]`` and 1 at best.

    ``coverage``: the share of the text that was attended to, each symbol counting up to one frame of attention.
    ``focus``: the mean over steps of the largest weight. ``monotonicity``: the attention's median position moves
    forwards by f and backwards by b in all; (f - b) / (f + b), at least 0. The median, because in a pause a little of
    the attention strays over the whole text, and the mean would stray with it.
    """

    coverage: Tensor
    focus: Tensor
    monotonicity: Tensor

    def failed(self, coverage: float = 0.7, focus: float = 0.3, monotonicity: float = 0.7) -> Tensor:
        """``[B]``, True where a figure is below its limit: words are likely to be missing or repeated."""
        return (self.coverage < coverage) | (self.focus < focus) | (self.monotonicity < monotonicity)

    def __getitem__(self, item: int) -> dict[str, float]:
        return {name: float(value[item]) for name, value in vars(self).items()}


def measure(alignments: Tensor, steps: Tensor, symbols: Tensor, reduction: int = 1) -> AlignmentQuality:
    """``alignments`` [B, S, N] of items with ``steps`` [B], of ``reduction`` frames each, and ``symbols`` [B]."""
    alignments = alignments.float() * length_mask(steps, alignments.shape[1]).unsqueeze(2)
    coverage = (alignments.sum(dim=1) * reduction).clamp(max=1).sum(dim=1) / symbols
    focus = alignments.amax(dim=2).sum(dim=1) / steps.clamp(min=1)
    positions = (alignments.cumsum(dim=2) < 0.5 * alignments.sum(dim=2, keepdim=True)).sum(dim=2).float()
    moves = positions.diff(dim=1) * length_mask(steps - 1, max(alignments.shape[1] - 1, 0))
    monotonicity = moves.sum(dim=1) / moves.abs().sum(dim=1).clamp(min=1e-6)
    return AlignmentQuality(coverage, focus, monotonicity.clamp(min=0))
