"""Mel-cepstral distortion."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.alignment import warped_path
from voiceclone.metrics.clip import ClipMetric
from voiceclone.metrics.frames import mel_cepstra

DECIBEL = 10 / np.log(10)


class MCD(ClipMetric):
    """Distance of the spectral envelopes in dB along the best time alignment, 0 is best; any timing.

    10 / ln 10 * sqrt(2 sum (c_m - c'_m)^2) over cepstral coefficients 1 to 13 (Kubichek, 1993; level, c0, is left out),
    mean along the warping path. Cepstra are those of a 40-band mel spectrogram (10 ms hop), so figures compare with one
    another and not with those of vocoder-based (WORLD, SPTK) analyses.
    """

    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        at, against = warped_path(generated, reference, self.sample_rate)
        difference = mel_cepstra(generated, self.sample_rate)[at] - mel_cepstra(reference, self.sample_rate)[against]
        return float(np.mean(DECIBEL * np.sqrt(2 * (difference**2).sum(axis=1))))
