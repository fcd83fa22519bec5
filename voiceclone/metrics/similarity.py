"""Whether it is the same person who speaks, to the ear of a speaker encoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from voiceclone.metrics.clip import ClipMetric
from voiceclone.metrics.memo import remembered

SpeakerEncoder = Callable[[np.ndarray, int], np.ndarray]
"""``(wave [L], sample_rate) -> embedding [D]``"""


class SpeakerSimilarity(ClipMetric):
    """Cosine of two speaker embeddings, -1 to 1, higher is better; any text and timing.

    ``encoder`` is any `SpeakerEncoder`. One that trained the voice flatters it: judge with another.
    """

    target = "voice"
    higher_is_better = True

    def __init__(self, sample_rate: int, encoder: SpeakerEncoder, **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        self.edition = getattr(encoder, "edition", self.edition)
        self.encoder = remembered(encoder)

    def observe(self, wave: np.ndarray) -> list[float]:
        """The speaker embedding ``[D]``."""
        return [float(value) for value in self.encoder(wave, self.sample_rate)]

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        left, right = (np.asarray(self.encoder(wave, self.sample_rate)) for wave in (generated, reference))
        return float(left @ right / max(float(np.linalg.norm(left) * np.linalg.norm(right)), 1e-9))
