"""What metrics of melody and voicing have in common: two pitch tracks, brought to the same time."""

from __future__ import annotations

from typing import Any

import numpy as np

from voiceclone.metrics.alignment import warped_path
from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.voicing import Voicing, voicing

FEWEST_FRAMES = 10


class PitchMetric(ClipMetric):
    """Compares two `Voicing` tracks, frame by frame; with ``align=True`` along the time warp of the two clips."""

    def __init__(self, sample_rate: int, align: bool = False, **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        self.align = align
        self.same_timing = not align

    def tracks(self, generated: np.ndarray, reference: np.ndarray) -> tuple[Voicing, Voicing]:
        """Both tracks, of equal length ``[P]``."""
        left, right = (voicing(wave, self.sample_rate) for wave in (generated, reference))
        if not self.align:
            return left, right
        at, against = warped_path(generated, reference, self.sample_rate)
        return left.at(at), right.at(against)

    def log_f0(self, generated: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Natural logarithms of F0 where both are voiced; `Unscorable` below 0.1 s of such frames."""
        left, right = self.tracks(generated, reference)
        both = (left.f0 > 0) & (right.f0 > 0)
        if both.sum() < FEWEST_FRAMES:
            raise Unscorable("the clips have no voiced speech in common")
        return np.log(left.f0[both]), np.log(right.f0[both])
