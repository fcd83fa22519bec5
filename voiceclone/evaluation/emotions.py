"""What a report says about emotions: what was meant and what was heard, and how far the judge can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.pictures import confusion
from voiceclone.evaluation.results import Judged, Results

METRIC = "emotion_accuracy"
Share = tuple[float, float, float]

# What the training of the judge measured, and how the report calls it.
OWN_ACCURACY = {
    "held_out": "the classifier, of real speakers kept out of its training",
    "cross_validation": "the classifier, of every real speaker in turn, never having heard them",
}


@dataclass(frozen=True)
class EmotionSection:
    """``ears``: who listened to what -> share recognised and its interval; ``matrices``: title -> picture."""

    ears: dict[str, str]
    by_emotion: dict[str, str]
    """How often people recognised each emotion of actors."""
    matrices: dict[str, str]


def emotion_section(results: Results) -> EmotionSection | None:
    """None where no classifier listened."""
    if METRIC not in results.directions:
        return None
    own: Mapping[str, Any] = results.extras.get("emotion_judge", {})
    ears, matrices = {}, {}
    for judged in results.judged:
        if estimate := judged.estimate(METRIC):
            ears[f"the classifier, of {judged.name}"] = _written((estimate.mean, estimate.low, estimate.high))
            matrices[judged.name] = confusion(*_meant_and_heard(judged), judged.name)
    for key, title in OWN_ACCURACY.items():
        if key in own:
            ears[title] = _written((own[key]["accuracy"], own[key]["low"], own[key]["high"]))
            matrices[title] = confusion(np.array(own[key]["confusion"]), own["labels"], "real speakers")
    people: Mapping[str, Share] = results.extras.get("listeners", {})
    return EmotionSection(ears, {emotion: _written(share) for emotion, share in people.items()}, matrices)


def _meant_and_heard(judged: Judged) -> tuple[np.ndarray, list[str]]:
    """Counts ``[K, K]`` of emotions meant (rows) and heard (columns), and their names."""
    meant = {clip.id: clip.labels.emotion for clip in judged.system.clips}
    pairs = [(str(meant[clip_id]), str(heard)) for clip_id, heard in judged.observed(METRIC).items()]
    labels = sorted({label for pair in pairs for label in pair})
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    for row, column in pairs:
        counts[labels.index(row), labels.index(column)] += 1
    return counts, labels


def _written(share: Share) -> str:
    mean, low, high = share
    interval = figure(METRIC).interval(low, high)
    return figure(METRIC).write(mean) + (f" ({interval})" if interval else "")
