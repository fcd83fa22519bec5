"""Whether the clip takes as long as the recording, with its pauses and without."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.voice_activity import speech_spans
from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.memo import remembered

SHORTEST_SECONDS = 0.1


class DurationError(ClipMetric):
    """Difference of the lengths in percent of the reference's, 0 is best."""

    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        return 100 * abs(len(generated) / len(reference) - 1)


class RateError(ClipMetric):
    """Difference of the speaking rates in percent of the reference's, 0 is best.

    Both clips say the same, so the ratio of their rates is that of the times spent speaking, pauses left out.
    """

    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        if min(len(generated), len(reference)) < SHORTEST_SECONDS * self.sample_rate:
            raise Unscorable(f"a speaking rate needs at least {SHORTEST_SECONDS} s")
        speaking = [speech_seconds(wave, self.sample_rate) for wave in (generated, reference)]
        if min(speaking) <= 0:
            raise Unscorable("no speech was found in one of the clips")
        return 100 * abs(speaking[1] / speaking[0] - 1)


@remembered
def speech_seconds(wave: np.ndarray, sample_rate: int) -> float:
    """Time spent speaking in a wave ``[L]``."""
    return float(sum(end - start for start, end in speech_spans(wave.copy(), sample_rate)))
