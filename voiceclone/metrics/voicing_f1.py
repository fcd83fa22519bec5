"""Whether the clip is voiced where the recording is."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.clip import Unscorable
from voiceclone.metrics.pitch import PitchMetric


class VoicingF1(PitchMetric):
    """F1 of the generated clip's voiced frames against the reference's, 1 is best (Morrison et al., CARGAN, 2022)."""

    higher_is_better = True

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        left, right = self.tracks(generated, reference)
        claimed, true = left.f0 > 0, right.f0 > 0
        if not true.any():
            raise Unscorable("the reference clip has no voiced speech")
        return float(2 * (claimed & true).sum() / (claimed.sum() + true.sum()))
