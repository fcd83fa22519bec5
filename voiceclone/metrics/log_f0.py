"""How far the melody of two clips differs, in height and in shape."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.clip import Unscorable
from voiceclone.metrics.pitch import PitchMetric


class LogF0RMSE(PitchMetric):
    """Root mean square difference of ln F0 over frames voiced in both, 0 is best; 0.06 is a semitone."""

    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        left, right = self.log_f0(generated, reference)
        return float(np.sqrt(np.mean((left - right) ** 2)))


class LogF0Correlation(PitchMetric):
    """Pearson's correlation of ln F0 over frames voiced in both, 1 is best: the shape of the melody, not its height."""

    higher_is_better = True

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        left, right = self.log_f0(generated, reference)
        if left.std() < 1e-9 or right.std() < 1e-9:
            raise Unscorable("a monotone melody has no correlation")
        return float(np.corrcoef(left, right)[0, 1])
