"""How much rougher or smoother a voice has become."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.pitch import PitchMetric


class PeriodicityError(PitchMetric):
    """Root mean square difference of periodicity, 0 is best (Morrison et al., CARGAN, 2022).

    Periodicity is a normalised autocorrelation (`voicing.periodicity`), so figures do not compare with those taken from
    a neural pitch tracker.
    """

    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        left, right = self.tracks(generated, reference)
        return float(np.sqrt(np.mean((left.periodicity - right.periodicity) ** 2)))
