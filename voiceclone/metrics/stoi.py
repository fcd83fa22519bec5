"""STOI: how much of the speech can still be understood."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.packages import require


class STOI(ClipMetric):
    """Short-time objective intelligibility, 0 to 1, higher is better, same timing only (Taal et al., 2011).

    ``extended=True`` is ESTOI (Jensen & Taal, 2016), which also hears modulated noise. Needs about 0.4 s of speech.
    """

    same_timing = True
    higher_is_better = True

    def __init__(self, sample_rate: int, extended: bool = False, **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        self.extended = extended
        require("pystoi", "STOI")

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        from pystoi import stoi

        with warnings.catch_warnings():
            # pystoi warns, and answers 1e-5, where too little speech is left: that is no score.
            warnings.simplefilter("error", RuntimeWarning)
            try:
                return float(stoi(reference, generated, self.sample_rate, extended=self.extended))
            except (RuntimeWarning, ValueError):
                raise Unscorable("STOI found less than 0.4 s of speech") from None
