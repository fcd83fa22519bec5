"""Batches for the acoustic model, and for the emotion classifier, which reads the same clips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import FLOOR_DB
from voiceclone.data.batches import AcousticBatch
from voiceclone.data.collate import Reader, padded, require_frame_streams, silence
from voiceclone.data.labels import Labels
from voiceclone.data.prosody import prosody_of
from voiceclone.data.samplers import Rows
from voiceclone.data.samplers_buckets import BucketSampler
from voiceclone.data.store import Clips, mel_name
from voiceclone.errors import ConfigError, did_you_mean
from voiceclone.models.emotion.labels import NEUTRAL

_NEUTRAL_CLIPS = 20  # of a speaker are enough to know how he speaks
_UNKNOWN = np.full(4, np.nan, dtype=np.float32)


class AcousticReader(Reader):
    """Whole clips with everything known about them, batched by length under a budget of ``frames_per_batch``.

    ``require_text`` and ``require_emotion`` leave out clips without. ``speaker_embedding`` names the array that holds
    the embeddings; while training each clip has that of a clip of its speaker drawn at random, which says who speaks
    and not how this one is spoken, or emotion and prosody would be read off it. ``extra`` names further streams at mel
    rate. ``repeat`` has languages of few recordings come several times an epoch: {zh: 2}.
    """

    def __init__(
        self,
        clips: Clips,
        labels: Labels,
        contract: AudioContract,
        training: bool,
        *,
        frames_per_batch: int = 16000,
        max_clips: int = 64,
        require_text: bool = True,
        require_emotion: bool = False,
        speaker_embedding: str | None = None,
        extra: Sequence[str] = (),
        repeat: Mapping[str, int] | None = None,
    ) -> None:
        require_frame_streams(clips, extra)
        self._mel, self._silence, self.training = mel_name(contract), silence(contract), training
        self.frames_per_batch, self.max_clips, self.extra = frames_per_batch, max_clips, tuple(extra)
        self._embedding = speaker_embedding
        needed = [self._mel] + ["symbols"] * require_text + [speaker_embedding] * (speaker_embedding is not None)
        keep = np.all([clips.lengths(array) > 0 for array in needed if array], axis=0)
        if require_emotion:
            keep &= clips.codes("emotion") >= 0
        self.clips = clips.take(np.flatnonzero(keep))
        self._lengths = {name: self.clips.lengths(name) for name in (self._mel, "symbols")}
        self._codes = {field: labels.codes(self.clips, field) for field in ("speaker", "emotion", "language")}
        self._copies = _copies(self._codes["language"], labels.languages, repeat or {})
        self._of_speaker = {
            code: np.flatnonzero(self._codes["speaker"] == code) for code in set(self._codes["speaker"])
        }
        self._neutral_code = labels.emotions.index(NEUTRAL) if NEUTRAL in labels.emotions else None
        self._neutrals: dict[int, np.ndarray] = {}

    def sampler(self, seed: int, world: int) -> BucketSampler:
        lengths, copies = self._lengths[self._mel], self._copies if self.training else None
        limits = (self.frames_per_batch, self.max_clips)
        return BucketSampler(lengths, *limits, seed, world, shuffle=self.training, copies=copies)

    def load(self, rows: Rows, rng: np.random.Generator) -> AcousticBatch:
        clips, lengths = self.clips, {name: column[rows] for name, column in self._lengths.items()}
        frames = int(lengths[self._mel].max())
        items = [clips.fields(int(row)) for row in rows]
        measured = [prosody_of(clips, int(row)) for row in rows]
        return AcousticBatch(
            symbols=padded(clips, "symbols", rows, int(lengths["symbols"].max())).long(),
            symbol_lengths=torch.from_numpy(lengths["symbols"]),
            mel=padded(clips, self._mel, rows, frames, fill=self._silence),
            mel_lengths=torch.from_numpy(lengths[self._mel]),
            speaker_embedding=self._embeddings(rows, rng),
            intensity=torch.tensor([_intensity(item) for item in items]),
            prosody=torch.from_numpy(np.stack(measured)),
            prosody_change=torch.from_numpy(measured - np.stack([self._neutral(int(row)) for row in rows])),
            f0=padded(clips, "f0", rows, frames),
            energy=padded(clips, "energy", rows, frames, fill=FLOOR_DB),
            ids=[item["id"] for item in items],
            extra={name: padded(clips, name, rows, frames) for name in self.extra},
            **{field: torch.from_numpy(codes[rows]) for field, codes in self._codes.items()},
        )

    def _embeddings(self, rows: Rows, rng: np.random.Generator) -> Tensor:
        if self._embedding is None:
            return torch.zeros(len(rows), 0)
        if self.training:
            rows = np.array([rng.choice(self._of_speaker[code]) for code in self._codes["speaker"][rows]])
        return torch.from_numpy(np.stack([self.clips.read(self._embedding, int(row)).reshape(-1) for row in rows]))

    def _neutral(self, row: int) -> np.ndarray:
        """How the speaker of an emotional clip speaks without emotion, ``[4]``; NaN where that is not known."""
        speaker, emotion = self._codes["speaker"][row], self._codes["emotion"][row]
        if emotion < 0 or self._neutral_code is None:
            return _UNKNOWN
        if speaker not in self._neutrals:
            own = self._of_speaker[speaker]
            calm = own[self._codes["emotion"][own] == self._neutral_code][:_NEUTRAL_CLIPS]
            known = [values for values in (prosody_of(self.clips, int(row)) for row in calm) if values[0] > 0]
            self._neutrals[speaker] = np.mean(known, axis=0) if known else _UNKNOWN
        return self._neutrals[speaker]


def _copies(languages: np.ndarray, names: Sequence[str], repeat: Mapping[str, int]) -> np.ndarray:
    """How often the clips of ``languages`` [n], counted in ``names``, come in an epoch, int64 [n]."""
    for name, times in repeat.items():
        if name not in names:
            raise ConfigError(f"data.repeat.{name}: the data has no such language. {did_you_mean(name, names)}")
        if not isinstance(times, int) or times < 1:
            raise ConfigError(f"data.repeat.{name}={times}: needs a whole number from 1, how often its clips come.")
    table = np.array([*(repeat.get(name, 1) for name in names), 1])
    return table[languages]


def _intensity(item: Mapping[str, Any]) -> float:
    """How strong the emotion is meant to be: neutral is none at all, and fully where nobody said."""
    if item["emotion"] == NEUTRAL:
        return 0.0
    return 1.0 if item["intensity"] is None else float(item["intensity"])
