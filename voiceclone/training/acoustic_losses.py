"""The acoustic model's losses, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from voiceclone.data.batches import AcousticBatch
from voiceclone.losses.conditioning import change_losses, label_loss, melody_losses, prosody_loss, reference_loss
from voiceclone.losses.guided_attention import guided_attention
from voiceclone.losses.tacotron import gate_loss, mel_distance, mel_distances
from voiceclone.losses.variance import mel_variance
from voiceclone.models.acoustic import TacotronOutput
from voiceclone.models.acoustic.conditioning import Conditioned
from voiceclone.models.acoustic.melody import pitch_of_steps
from voiceclone.models.acoustic.prosody import ProsodyPredictor

if TYPE_CHECKING:
    from voiceclone.training.acoustic import AcousticTask

LOSSES = (
    "mel_before",
    "mel_after",
    "mel_variance",
    "gate",
    "guided_attention",
    "prosody",
    "prosody_change",
    "prosody_personal",
    "pitch",
    "pitch_range",
    "voicing",
    "reference",
    "speaker_adversarial",
    "emotion",
)
"""Mel before and after the postnet, and how much it varies; stop token, diagonal attention; prosody as measured, and
what emotion adds to it, with everybody and with the speaker; pitch of every step, its deviation in an utterance (both
in semitones) and voicing; the reference's vector where its label lies; the speaker hidden from it; the emotion heard in
the predicted mel. Each from prosody on needs its part."""


class AcousticLosses:
    """``positive_weight`` of the one step at which the stop token fires, ``sigma`` of the guided attention."""

    def __init__(self, positive_weight: float = 5.0, sigma: float = 0.2) -> None:
        self.positive_weight, self.sigma = positive_weight, sigma

    def __call__(self, task: AcousticTask, output: TacotronOutput, batch: AcousticBatch) -> dict[str, Tensor]:
        """Those of `LOSSES` that the model's parts allow, each a scalar."""
        lengths = batch.mel_lengths
        losses = {
            "mel_before": mel_distance(output.mel, batch.mel, lengths),
            "mel_after": mel_distance(output.mel_postnet, batch.mel, lengths),
            "mel_variance": mel_variance(output.mel_postnet, batch.mel, lengths),
            "gate": gate_loss(output.gate_logits, output.steps, self.positive_weight),
            "guided_attention": guided_attention(output.alignments, output.steps, batch.symbol_lengths, self.sigma),
        }
        if output.conditioned is not None:
            losses |= self._of_conditions(task, output.conditioned, batch)
        if output.pitch is not None:
            truth = pitch_of_steps(batch.f0, task.acoustic.decoder.reduction)
            losses |= melody_losses(output.pitch, truth, output.steps)
        if task.emotion_classifier is not None:
            classifier = task.emotion_classifier
            heard = classifier(output.mel_postnet, lengths)
            losses["emotion"] = label_loss(heard, _renumbered(batch.emotion, task.facts["emotions"], classifier.labels))
        return losses

    def by_emotion(
        self, output: TacotronOutput, batch: AcousticBatch, emotions: Sequence[str]
    ) -> dict[str, tuple[Tensor, int]]:
        """The loss ``mel_after`` of each emotion in the batch, and how many clips it is the mean of."""
        distances = mel_distances(output.mel_postnet, batch.mel, batch.mel_lengths)
        clips = {name: distances[batch.emotion == index] for index, name in enumerate(emotions)}
        return {name: (values.mean(), len(values)) for name, values in clips.items() if len(values)}

    def _of_conditions(self, task: AcousticTask, made: Conditioned, batch: AcousticBatch) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        predictor = task.acoustic.conditioning.prosody if task.acoustic.conditioning else None
        if made.prosody is not None and predictor is not None:
            losses |= _of_prosody(predictor, made, batch)
        if made.emotion is not None and made.emotion.reference is not None:
            labelled = (batch.emotion >= 0).float()
            losses["reference"] = reference_loss(made.emotion.reference, made.emotion.label, labelled)
            if task.adversary is not None:
                losses["speaker_adversarial"] = label_loss(task.adversary(made.emotion.reference), batch.speaker)
        return losses


def _of_prosody(predictor: ProsodyPredictor, made: Conditioned, batch: AcousticBatch) -> dict[str, Tensor]:
    assert made.prosody is not None
    if made.emotion is None or batch.prosody_change is None:
        return {"prosody": prosody_loss(made.prosody.measures, batch.prosody, predictor.deviation)}
    losses = change_losses(made.prosody, batch.prosody, batch.prosody_change, predictor.deviation)
    return losses if predictor.personal else {name: losses[name] for name in ("prosody", "prosody_change")}


def _renumbered(labels: Tensor, names: Sequence[str], wanted: Sequence[str]) -> Tensor:
    """``labels`` [B] counted in ``names`` -> counted in ``wanted``, -1 where it does not have the name."""
    places = [wanted.index(name) if name in wanted else -1 for name in names]
    return torch.tensor([*places, -1], device=labels.device)[labels]
