"""Whether the emotion that was meant is the one that is heard."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.memo import remembered


class EmotionClassifier(Protocol):
    """Hears one of ``labels`` in a wave."""

    labels: tuple[str, ...]

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str: ...


class EmotionAccuracy(ClipMetric):
    """Share of clips in which the classifier hears the emotion that was meant, higher is better.

    Emotions that the classifier was never taught are `Unscorable`. It errs on recordings too, so the figure means
    something only beside its accuracy on real speech.
    """

    target = "emotion"
    higher_is_better = True

    def __init__(self, sample_rate: int, classifier: EmotionClassifier, **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        self.labels = classifier.labels
        self.edition = getattr(classifier, "edition", self.edition)
        self.hear = remembered(classifier)

    def observe(self, wave: np.ndarray) -> str:
        """The emotion heard."""
        return self.hear(wave, self.sample_rate)

    def score(self, generated: np.ndarray, reference: str) -> float:
        if reference not in self.labels:
            raise Unscorable(f"the emotion classifier knows {', '.join(self.labels)}, not {reference!r}")
        return float(self.observe(generated) == reference)
