"""Clips in which nothing is said."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.clip import ClipMetric, is_silent


class SilentShare(ClipMetric):
    """Share of clips in which nothing rises above -80 dB of full scale, 0 is best; needs no reference."""

    target = "nothing"
    higher_is_better = False

    def score(self, generated: np.ndarray, reference: None = None) -> float:
        return float(is_silent(generated))
