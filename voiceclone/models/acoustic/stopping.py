"""When a free-running decoder stops, item by item."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

GATE, ATTENTION, LIMIT, FRAMES = 0, 1, 2, 3
REASONS = ("gate", "attention", "limit", "frames")
"""What ended an item: the stop token, an attention that stayed at the end of the text, the limit, an asked length."""


@dataclass(frozen=True)
class StopRule:
    """An item ends after the first frame whose stop token is above ``gate_threshold``; or once the attention has
    rested on the last symbol for ``patience`` frames (None: not looked at); or at the limit of ``max_frames``, by
    default ``frames_per_symbol`` for each of its symbols and ``spare_frames`` more."""

    gate_threshold: float = 0.5
    patience: int | None = None
    frames_per_symbol: float = 20.0
    spare_frames: int = 100
    max_frames: int | None = None

    def limits(self, symbols: Tensor, reduction: int) -> Tensor:
        """Most steps of each item, ``[B]``, for texts of ``symbols`` [B]."""
        if self.max_frames is not None:
            return torch.full_like(symbols, math.ceil(self.max_frames / reduction))
        frames = symbols * self.frames_per_symbol + self.spare_frames
        return torch.ceil(frames / reduction).long()


class StopWatch:
    """Follows a batch step by step; ``steps`` [B] and ``reasons`` [B] are final once nothing is ``running``."""

    def __init__(self, rule: StopRule, symbols: Tensor, reduction: int, exact: Tensor | None = None) -> None:
        """``symbols`` [B] are the texts' lengths, ``exact`` [B] the steps to make whatever the rule says."""
        self.rule = rule
        self.last_symbol = symbols - 1
        self.patience = None if rule.patience is None else math.ceil(rule.patience / reduction)
        self.heeds_signs = exact is None
        self.steps = rule.limits(symbols, reduction) if exact is None else exact
        self.reasons = torch.full_like(symbols, LIMIT if exact is None else FRAMES)
        self.rested = torch.zeros_like(symbols)
        self.step = 0

    @property
    def running(self) -> Tensor:
        """``[B]``, True for items that have steps to go."""
        return self.steps > self.step

    def see(self, gate_logits: Tensor, weights: Tensor) -> None:
        """Take in one step: ``gate_logits`` [B], attention ``weights`` [B, N]."""
        self.step += 1
        if not self.heeds_signs:
            return
        at_end = weights.argmax(dim=1) >= self.last_symbol
        self.rested = torch.where(at_end, self.rested + 1, 0)
        if self.patience is not None:
            self._stop(self.rested >= self.patience, ATTENTION)
        self._stop(torch.sigmoid(gate_logits) > self.rule.gate_threshold, GATE)

    def _stop(self, now: Tensor, reason: int) -> None:
        now = now & (self.steps >= self.step)
        self.steps = torch.where(now, self.step, self.steps)
        self.reasons = torch.where(now, reason, self.reasons)
