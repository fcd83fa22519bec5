"""SI-SDR: how much of the wave is the reference, whatever its level."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.clip import ClipMetric

# Identical waves would be infinitely good, and one such clip would swallow a mean.
HIGHEST = 100.0


class SISDR(ClipMetric):
    """Scale-invariant signal-to-distortion ratio in dB, -100 to 100, higher is better, same timing and phase only.

    Le Roux et al., SDR: half-baked or well done? (2019), with the means removed.
    """

    same_timing = True
    higher_is_better = True

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        estimate, target = (wave.astype(np.float64) - wave.mean(dtype=np.float64) for wave in (generated, reference))
        projection = target * (estimate @ target) / (target @ target)
        signal, noise = (projection**2).sum(), ((estimate - projection) ** 2).sum()
        if signal == 0:
            return -HIGHEST
        return float(np.clip(10 * np.log10(signal / max(noise, np.finfo(np.float64).tiny)), -HIGHEST, HIGHEST))
