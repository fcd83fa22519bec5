"""What keeps the conditions of the acoustic model honest."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from voiceclone.losses.variance import spread
from voiceclone.models.acoustic.prosody import PredictedProsody, missing
from voiceclone.models.masks import length_mask

_SEMITONE = math.log(2) / 12
_LEAST_RANGE = _SEMITONE / 20


def prosody_loss(predicted: Tensor, measured: Tensor, deviation: Tensor) -> Tensor:
    """Mean squared error of the four prosodic measures ``[B, 4]``, each in units of its ``deviation`` [4]; what could
    not be measured is left out."""
    return _error(predicted, measured.masked_fill(missing(measured), torch.nan), deviation)


def change_losses(
    predicted: PredictedProsody, measured: Tensor, measured_change: Tensor, deviation: Tensor
) -> dict[str, Tensor]:
    """``prosody``, the `prosody_loss` of the whole, and ``prosody_change`` and ``prosody_personal``, of the changes
    that the emotion makes in it, as everybody and as the speaker does; ``measured`` and ``measured_change`` [B, 4].

    Where the change of a clip against its speaker's neutral mean is known (not NaN), the emotion learns that alone.
    From the whole it would also learn which speakers and corpora have much of it: those who act fast anyway. What is
    common to all learns the change by itself and what is personal the rest, so that the common part is their mean.
    """
    known = measured_change.isfinite() & ~missing(measured)
    change = predicted.common + predicted.personal
    whole = predicted.measures + torch.where(known, change.detach() - change, 0.0)
    target = torch.where(known, measured_change, torch.nan)
    return {
        "prosody": prosody_loss(whole, measured, deviation),
        "prosody_change": _error(predicted.common, target, deviation),
        "prosody_personal": _error(predicted.common.detach() + predicted.personal, target, deviation),
    }


def _error(predicted: Tensor, wanted: Tensor, deviation: Tensor) -> Tensor:
    """Mean square of the errors in units of ``deviation``, but for those where ``wanted`` is not a number."""
    known = wanted.isfinite()
    error = torch.where(known, (predicted - wanted.nan_to_num()) / deviation, 0.0)
    return error.square().sum() / known.sum().clamp(min=1)


def melody_losses(predicted: Tensor, truth: Tensor, steps: Tensor) -> dict[str, Tensor]:
    """``pitch``, ``pitch_range`` and ``voicing`` of a melody.

    The mean error over voiced steps and that of its standard deviation in an utterance, both in semitones, and a cross
    entropy.

    ``predicted`` [B, S, 2] are log-F0 and voicing logit, ``truth`` [B, S, 2] log-F0 and the share of voiced frames;
    both count in the first ``steps`` [B]. What is predicted with the least error is flatter than what is spoken, the
    more so the less the text tells; the deviation makes up for it.
    """
    (log_f0, logits), (wanted, voiced) = predicted.unbind(dim=2), truth.unbind(dim=2)
    inside = length_mask(steps, log_f0.shape[1])
    sounding = voiced * inside
    pitch = ((log_f0 - wanted).abs() * sounding).sum() / sounding.sum().clamp(min=1)
    ranges = [spread(melody, sounding, _LEAST_RANGE) for melody in (log_f0, wanted)]
    return {
        "pitch": pitch / _SEMITONE,
        "pitch_range": (ranges[0] - ranges[1]).abs().mean() / _SEMITONE,
        "voicing": F.binary_cross_entropy_with_logits(logits[inside], voiced[inside]),
    }


def label_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of ``logits`` [B, K] over the items that have a label in ``labels`` [B] (-1: none)."""
    if not bool((labels >= 0).any()):
        return logits.sum() * 0.0
    return F.cross_entropy(logits.float(), labels, ignore_index=-1)


def reference_loss(reference: Tensor, label: Tensor, labelled: Tensor, commitment: float = 0.25) -> Tensor:
    """Brings what is read from a recording, ``reference`` [B, E], to where its label lies, ``label`` [B, E].

    The label yields too, by the share ``commitment``. Items that are not ``labelled`` [B] have no part in it.
    """
    to_label = (reference - label.detach()).square() + commitment * (reference.detach() - label).square()
    mean = to_label.mean(dim=1)
    return (mean * labelled).sum() / labelled.sum().clamp(min=1)
