"""How near a new speaker's voice has come, while it is being learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.pitch import f0
from voiceclone.data.batches import AcousticBatch
from voiceclone.errors import AudioError
from voiceclone.models.acoustic import FreeRunningOutput, TacotronOutput
from voiceclone.models.speaker.embedding import SpeakerEmbedder
from voiceclone.training.acoustic_validation import AcousticValidation

if TYPE_CHECKING:
    from voiceclone.training.acoustic import AcousticTask


class FewShotValidation(AcousticValidation):
    """`AcousticValidation` that also likens what is spoken to the recordings of the same sentences, both made audible
    by the same vocoder: ``similarity`` to the ear of ``encoder``, and ``pitch_error``, semitones between the medians.
    """

    def __init__(
        self, contract: AudioContract, encoder: torch.nn.Module, encoder_contract: AudioContract, **settings: Any
    ) -> None:
        super().__init__(contract, **settings)
        self.embedder = SpeakerEmbedder(encoder, encoder_contract)
        self._spoken: FreeRunningOutput | None = None

    def speak(self, task: AcousticTask, forced: TacotronOutput, batch: AcousticBatch, show: bool) -> dict[str, Tensor]:
        figures = super().speak(task, forced, batch, show)
        assert self._spoken is not None
        pairs = []
        for item in range(min(self.n_shown, len(self._spoken.stopped_by))):
            own, true = int(self._spoken.mel_lengths[item]), int(batch.mel_lengths[item])
            made = self._wave(self._spoken.mel_postnet[item, :, :own]).numpy()
            pairs.append((made, self._wave(batch.mel[item, :, :true]).numpy()))
        return {**figures, **self._likeness(pairs)}

    def _run(self, task: AcousticTask, batch: AcousticBatch) -> FreeRunningOutput:
        self._spoken = super()._run(task, batch)
        return self._spoken

    def _likeness(self, pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, Tensor]:
        """Means over pairs of spoken and recorded waves; nothing where there is no speech to compare."""
        rate, found = self.contract.sample_rate, dict[str, list[float]]()
        for pair in pairs:
            try:
                made, recorded = self.embedder.embed_many(pair, rate)
                found.setdefault("similarity", []).append(float(made @ recorded))
            except AudioError:  # a model that has not learnt to speak yet
                continue
            medians = [
                np.median(contour[contour > 0]) for contour in (f0(w, self.contract) for w in pair) if contour.any()
            ]
            if len(medians) == 2:
                found.setdefault("pitch_error", []).append(abs(12 * float(np.log2(medians[0] / medians[1]))))
        return {name: torch.tensor(float(np.mean(values))) for name, values in found.items()}
