"""Batches for the speaker encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.data.batches import SpeakerBatch
from voiceclone.data.collate import Reader, padded, silence
from voiceclone.data.labels import Labels
from voiceclone.data.samplers import Rows
from voiceclone.data.samplers_speakers import SpeakerSampler
from voiceclone.data.store import Clips, mel_name


class SpeakerReader(Reader):
    """N speakers times M utterances, of each a random partial (GE2E, Wan et al., 2018).

    Partials have ``partial_frames`` frames, or for a range a length that is drawn for each batch. A clip that is
    shorter is padded with silence. In validation every epoch sees the same.
    """

    def __init__(
        self,
        clips: Clips,
        labels: Labels,
        contract: AudioContract,
        training: bool,
        *,
        n_speakers: int = 64,
        n_utterances: int = 10,
        partial_frames: int | Sequence[int] = 160,
        min_utterances: int = 2,
    ) -> None:
        self._mel, self._silence = mel_name(contract), silence(contract)
        self.clips = clips.take(np.flatnonzero(clips.lengths(self._mel) > 0))
        self._lengths, self._speakers = self.clips.lengths(self._mel), labels.codes(self.clips, "speaker")
        self.n_speakers, self.n_utterances, self.min_utterances = n_speakers, n_utterances, min_utterances
        both = (partial_frames, partial_frames) if isinstance(partial_frames, int) else partial_frames
        self._shortest, self._longest = both

    def sampler(self, seed: int, world: int) -> SpeakerSampler:
        return SpeakerSampler(
            self._speakers, self.n_speakers, self.n_utterances, self.min_utterances, seed=seed, world=world
        )

    def load(self, rows: Rows, rng: np.random.Generator) -> SpeakerBatch:
        frames, lengths = int(rng.integers(self._shortest, self._longest + 1)), self._lengths[rows]
        starts = rng.integers(0, np.maximum(lengths - frames, 0) + 1)
        return SpeakerBatch(
            mel=padded(self.clips, self._mel, rows, frames, starts, self._silence),
            lengths=torch.from_numpy(np.minimum(lengths, frames)),
            speakers=torch.from_numpy(self._speakers[rows[:: self.n_utterances]]),
            n_utterances=self.n_utterances,
        )
