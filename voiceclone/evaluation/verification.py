"""Whether a speaker verifier would take a generated clip for its speaker, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from voiceclone.evaluation.clips import RECORDINGS
from voiceclone.evaluation.gallery import voices
from voiceclone.evaluation.results import Results
from voiceclone.metrics.eer import equal_error_rate


def verification_errors(results: Results) -> dict[str, float]:
    """Equal error rate by system: its clips against the recordings of all speakers, never the same words.

    The recordings are tried against each other. Empty unless embeddings of two speakers are known.
    """
    embeddings, speakers = voices(results)
    recordings = {i: e for i, e in embeddings.get(RECORDINGS, {}).items() if i in speakers}
    if len({speakers[clip] for clip in recordings}) < 2:
        return {}
    names, against = list(recordings), _unit(recordings.values())
    errors = {}
    for system, found in embeddings.items():
        clips = [clip for clip in found if clip in speakers]
        scores = _unit(found[clip] for clip in clips) @ against.T
        same = torch.tensor([[speakers[left] == speakers[right] for right in names] for left in clips])
        other_words = torch.tensor([[left != right for right in names] for left in clips])
        if same[other_words].any() and not same[other_words].all():
            errors[system] = float(equal_error_rate(scores[other_words], same[other_words]))
    return errors


def _unit(embeddings: Iterable[Sequence[float]]) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.tensor(list(embeddings)), dim=1)
