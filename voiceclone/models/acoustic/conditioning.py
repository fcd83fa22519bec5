"""Who speaks, how, and in which language: everything but the text that the decoder is told."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voiceclone.errors import ConfigError, SynthesisError
from voiceclone.models.acoustic.melody import Melody, MelodyPredictor
from voiceclone.models.acoustic.prosody import MEASURES, PredictedProsody, ProsodyPredictor, ProsodyWish
from voiceclone.models.emotion.space import EmotionSpace, EmotionVectors
from voiceclone.models.masks import length_mask

# Half a semitone: below it the melody of an utterance would not tell up from down.
_LEAST_RANGE = math.log(2) / 24


@dataclass(frozen=True)
class Conditions:
    """What an utterance is to be like; everything may be left out.

    ``speaker_embedding`` [B, D]; ``emotion`` [B] int64 (-1: none) at ``intensity`` [B]; ``valence_arousal`` [B, 2];
    ``reference`` [B, n_mels, T] with ``reference_lengths`` [B], used by the items where ``follow_reference`` [B]
    is true (all, if left out); ``language`` [B] int64; ``prosody`` [B, 4] as measured, else it is predicted and
    changed by ``wish``.
    """

    speaker_embedding: Tensor | None = None
    emotion: Tensor | None = None
    intensity: Tensor | None = None
    valence_arousal: Tensor | None = None
    reference: Tensor | None = None
    reference_lengths: Tensor | None = None
    follow_reference: Tensor | None = None
    language: Tensor | None = None
    prosody: Tensor | None = None
    wish: ProsodyWish | None = None


@dataclass(frozen=True)
class Conditioned:
    """``memory`` [B, N, M], ``condition`` [B, C] and ``melody`` for the decoder; ``emotion`` vectors and ``prosody``
    as predicted, None where the model has no such part."""

    memory: Tensor
    condition: Tensor | None
    emotion: EmotionVectors | None = None
    prosody: PredictedProsody | None = None
    melody: Melody | None = None


class Conditioning(nn.Module):
    """Joins its parts to one vector ``[B, width]``, which is projected and added to the memory.

    A part that is left out of the constructor is not there; one that is left out of the `Conditions` counts as
    zero. The projection starts at zero, so that an unconditioned model can be carried over. ``speaker_width`` is the
    size of the speaker vectors, ``languages`` the names that the numbers in ``language`` stand for. With
    ``personal_emotions`` the prosody knows speakers' own ways of an emotion. A ``melody`` moves around the pitch and in
    the range that the prosody says, and is refused without it; it is left out while ``sings`` is false.
    """

    def __init__(
        self,
        memory_width: int,
        width: int = 128,
        speaker_width: int = 0,
        speaker_channels: int = 64,
        emotion: EmotionSpace | None = None,
        languages: Sequence[str] = (),
        language_channels: int = 8,
        predict_prosody: bool = False,
        personal_emotions: bool = False,
        melody: MelodyPredictor | None = None,
    ) -> None:
        super().__init__()
        if melody is not None and not predict_prosody:
            raise ConfigError("conditioning.melody needs the mean pitch and its range: set predict_prosody=true.")
        self.speaker_width = speaker_width
        self.languages = tuple(languages)
        self.speaker = nn.Linear(speaker_width, speaker_channels) if speaker_width else None
        self.emotion = emotion
        self.language = nn.Embedding(len(self.languages), language_channels) if self.languages else None
        speaker_channels = speaker_channels if speaker_width else 0
        emotion_width = emotion.width if emotion else 0
        self.prosody: ProsodyPredictor | None = None
        if predict_prosody:
            self.prosody = ProsodyPredictor(memory_width, speaker_channels, emotion_width, personal=personal_emotions)
        self.melody = melody
        self.sings = True
        self.widths = (
            speaker_channels,
            emotion_width,
            language_channels if self.languages else 0,
            len(MEASURES) if predict_prosody else 0,
        )
        self.width = width
        self.join = nn.Linear(sum(self.widths), width, bias=False)
        self.to_memory = nn.Linear(width, memory_width, bias=False)
        nn.init.zeros_(self.to_memory.weight)

    def forward(self, memory: Tensor, text: Tensor, lengths: Tensor, conditions: Conditions) -> Conditioned:
        """``memory`` [B, N, M] of ``text`` [B, N] of ``lengths`` [B] under ``conditions``."""
        speaker = self._speaker(conditions.speaker_embedding)
        emotion = self._emotion(len(memory), conditions)
        language = None if conditions.language is None or self.language is None else self.language(conditions.language)
        predicted = self._predict(memory, lengths, speaker, emotion)
        prosody = melody = None
        if self.prosody is not None and predicted is not None:
            wanted = predicted.measures if conditions.prosody is None else conditions.prosody
            prosody = self.prosody.scaled(wanted if conditions.wish is None else conditions.wish.apply(wanted))
            melody = self._melody(self.prosody.measured(prosody), text, lengths)
        parts = (speaker, emotion.vector if emotion else None, language, prosody)
        known = [
            memory.new_zeros(len(memory), width) if part is None else part
            for part, width in zip(parts, self.widths, strict=True)
        ]
        condition = self.join(torch.cat(known, dim=1))
        memory = memory + self.to_memory(condition).unsqueeze(1)
        return Conditioned(memory, condition, emotion, predicted, melody)

    def _melody(self, prosody: Tensor, text: Tensor, lengths: Tensor) -> Melody | None:
        if self.melody is None or not self.sings:
            return None
        read = None if self.melody.reading is None else self.melody.reading(text, lengths)
        return Melody(self.melody, prosody[:, 0], prosody[:, 1].clamp(min=_LEAST_RANGE), read)

    def emotion_prosody(self) -> dict[str, dict[str, float]]:
        """What each emotion adds at full intensity to everybody's predicted prosody: label -> change of mean pitch and
        of its range in semitones, of energy in dB, of rate in symbols per second. Empty without emotions or prosody."""
        if self.emotion is None or self.prosody is None or not self.emotion.labels:
            return {}
        device = self.to_memory.weight.device
        vectors = self.emotion.from_label(torch.arange(len(self.emotion.labels), device=device))
        semitone = math.log(2) / 12
        units = {"pitch": semitone, "pitch_range": semitone, "energy": 1.0, "rate": 1.0}
        return {
            label: {name: value / unit for (name, unit), value in zip(units.items(), changes, strict=True)}
            for label, changes in zip(self.emotion.labels, self.prosody.changes(vectors).tolist(), strict=True)
        }

    def _speaker(self, embedding: Tensor | None) -> Tensor | None:
        if embedding is None or self.speaker is None:
            return None
        if embedding.shape[-1] != self.speaker_width:
            raise SynthesisError(
                f"The speaker vector has {embedding.shape[-1]} numbers, this voice wants {self.speaker_width}: "
                f"make it with the speaker encoder the voice was trained with (when training, set "
                f"acoustic.conditioning.speaker_width)."
            )
        # A unit vector's entries are small; at this scale they are near 1 whatever their number.
        return self.speaker(embedding * math.sqrt(self.speaker_width))

    def _emotion(self, batch: int, wanted: Conditions) -> EmotionVectors | None:
        if self.emotion is None:
            return None
        return self.emotion(
            batch,
            wanted.emotion,
            wanted.intensity,
            wanted.valence_arousal,
            wanted.reference,
            wanted.reference_lengths,
            wanted.follow_reference,
        )

    def _predict(
        self, memory: Tensor, lengths: Tensor, speaker: Tensor | None, emotion: EmotionVectors | None
    ) -> PredictedProsody | None:
        if self.prosody is None:
            return None
        # The text is only listened to: its encoder must not bend to a mean over the utterance.
        mask = length_mask(lengths.to(memory.device), memory.shape[1]).unsqueeze(2)
        text = (memory.detach() * mask).sum(dim=1) / lengths.to(memory.device).unsqueeze(1)
        if speaker is None and self.widths[0]:
            speaker = memory.new_zeros(len(memory), self.widths[0])
        return self.prosody(text, speaker, emotion.vector if emotion else None)
