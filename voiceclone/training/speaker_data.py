"""Speakers for training, and whole clips of other speakers for verification."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from voiceclone.data.batches import SpeakerBatch
from voiceclone.data.collate import Reader, padded, silence
from voiceclone.data.loader import BatchLoader
from voiceclone.data.module import VoiceDataModule
from voiceclone.data.samplers import InOrderSampler, Rows
from voiceclone.data.store import mel_name


class SpeakerDataModule(VoiceDataModule):
    """`VoiceDataModule` for the speaker task whose validation and test are every held-out clip, whole and once.

    Partials drawn N speakers times M would hold some clips twice and others never, and pairs of parts of one clip
    are too easy a trial.
    """

    def val_dataloader(self) -> BatchLoader | list[Any]:
        return self._clips_of("validation")

    def test_dataloader(self) -> BatchLoader | list[Any]:
        return self._clips_of("test")

    def _clips_of(self, split: str) -> BatchLoader | list[Any]:
        reader = WholeClips(self.reader(split), self)
        rank, world = self._place()
        if not len(reader.clips):
            return []
        return BatchLoader(reader, reader.sampler(self.seed, world), rank, fixed=True)


class WholeClips(Reader):
    """The clips of ``reader`` one at a time, as `SpeakerBatch` of one speaker with one utterance."""

    def __init__(self, reader: Reader, data: VoiceDataModule) -> None:
        self.clips = reader.clips
        self._mel, self._silence = mel_name(data.contract), silence(data.contract)
        self._speakers = data.labels.codes(self.clips, "speaker")

    def sampler(self, seed: int, world: int) -> InOrderSampler:
        # The error rate counts a clip once, however often it comes, so no rank needs to leave one out.
        return InOrderSampler(len(self.clips), world, repeat=True)

    def load(self, rows: Rows, rng: np.random.Generator) -> SpeakerBatch:
        lengths = self.clips.lengths(self._mel)[rows]
        return SpeakerBatch(
            mel=padded(self.clips, self._mel, rows, int(lengths.max()), fill=self._silence),
            lengths=torch.from_numpy(lengths),
            speakers=torch.from_numpy(self._speakers[rows]),
            n_utterances=1,
            clips=torch.from_numpy(rows),
        )
