"""Batches for the vocoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.data.batches import VocoderBatch
from voiceclone.data.collate import INT16_SCALE, Reader, padded, require_frame_streams, silence
from voiceclone.data.labels import Labels
from voiceclone.data.samplers import InOrderSampler, Rows, Sampler, SegmentSampler
from voiceclone.data.speed import SpeedChange
from voiceclone.data.store import Clips, mel_name
from voiceclone.errors import ConfigError


class VocoderReader(Reader):
    """Waveform segments of ``segment_samples`` with exactly the mel frames that lie over them.

    The segment begins at a random frame of the clip; clips that are shorter are padded, the wave with zeros and the
    mel with silence. For validation each clip is a batch of its own, from its beginning, whole or its first
    ``validation_seconds``. ``mel`` names another array to read mels from, such as those an acoustic model has made
    with the recording's own timing; a share ``recorded`` of the training segments keeps the recordings' own, so that
    a vocoder tuned to the one does not forget the other. ``extra`` names further streams at mel rate. With ``speeds``,
    the slowest and the fastest, training segments are played at a speed drawn between them; of streams, only f0 can
    follow.
    """

    def __init__(
        self,
        clips: Clips,
        labels: Labels,
        contract: AudioContract,
        training: bool,
        *,
        batch_size: int = 16,
        segment_samples: int = 8192,
        validation_seconds: float | None = None,
        mel: str | None = None,
        recorded: float = 0.0,
        extra: Sequence[str] = (),
        speeds: Sequence[float] | None = None,
    ) -> None:
        if segment_samples % contract.hop_length:
            raise ConfigError(
                f"data.segment_samples: {segment_samples} is no multiple of the hop length {contract.hop_length}."
            )
        if not 0 <= recorded <= 1:
            raise ConfigError(f"data.recorded={recorded}: expected a share of the training segments, from 0 to 1.")
        require_frame_streams(clips, extra)
        self.contract, self.training, self.batch_size, self.extra = contract, training, batch_size, tuple(extra)
        self._mel, self._silence = mel or mel_name(contract), silence(contract)
        self._recorded = recorded if training else 0.0
        self.clips = clips.take(np.flatnonzero(clips.lengths(self._mel) > 0))
        # Centred frames are one more than there are hops; the last has no samples of its own.
        self._frames = self.clips.lengths("wave") // contract.hop_length
        self._segment = segment_samples // contract.hop_length
        self._longest_whole = self._frames.max(initial=0)
        if validation_seconds is not None:
            self._longest_whole = int(validation_seconds * contract.frame_rate)
        self._speeds: SpeedChange | None = None
        if training and speeds is not None:
            _require_speeds(speeds, mel, extra)
            self._speeds = SpeedChange(self.clips, contract, (speeds[0], speeds[1]), self._segment)

    def sampler(self, seed: int, world: int) -> Sampler:
        if not self.training:
            return InOrderSampler(len(self.clips), world)
        return SegmentSampler(len(self.clips), self.batch_size, seed, world)

    def load(self, rows: Rows, rng: np.random.Generator) -> VocoderBatch:
        if self._speeds is not None:
            return self._load_at_speeds(self._speeds, rows, rng)
        frames, starts = min(int(self._frames[rows].max()), self._longest_whole), np.zeros(len(rows), dtype=np.int64)
        if self.training:
            frames = self._segment
            starts = rng.integers(0, np.maximum(self._frames[rows] - frames, 0) + 1)
        own = rng.random(len(rows)) < self._recorded if self._recorded else None
        return VocoderBatch(
            wave=self._waves(rows, starts, frames),
            mel=self._mels(rows, starts, frames, own),
            predicted=None if own is None else torch.from_numpy(~own),
            ids=[self.clips.ident(int(row)) for row in rows],
            extra={name: padded(self.clips, name, rows, frames, starts) for name in self.extra},
        )

    def _load_at_speeds(self, change: SpeedChange, rows: Rows, rng: np.random.Generator) -> VocoderBatch:
        speeds = change.draw(rows, rng)
        starts = rng.integers(0, np.maximum(self._frames[rows] - change.recorded(speeds), 0) + 1)
        wave, mel, f0 = change.read(rows, starts, speeds)
        return VocoderBatch(wave, mel, [self.clips.ident(int(row)) for row in rows], {"f0": f0} if self.extra else {})

    def _mels(self, rows: Rows, starts: np.ndarray, frames: int, own: np.ndarray | None) -> Tensor:
        """Of the array that was asked for, and the recordings' own where ``own`` [B]."""
        mels = padded(self.clips, self._mel, rows, frames, starts, self._silence)
        if own is not None and own.any():
            recorded = padded(self.clips, mel_name(self.contract), rows[own], frames, starts[own], self._silence)
            mels[torch.from_numpy(own)] = recorded
        return mels

    def _waves(self, rows: Rows, starts: np.ndarray, frames: int) -> Tensor:
        hop = self.contract.hop_length
        waves = padded(self.clips, "wave", rows, frames * hop, starts * hop)
        return waves.div_(INT16_SCALE)[:, None]


def _require_speeds(speeds: Sequence[float], mel: str | None, extra: Sequence[str]) -> None:
    if len(speeds) != 2 or not 0.5 <= speeds[0] <= speeds[1] <= 2:
        raise ConfigError(f"data.speeds={list(speeds)}: expected the slowest and the fastest, between 0.5 and 2.")
    for name, given in {"data.mel": mel, "data.extra": ", ".join(name for name in extra if name != "f0")}.items():
        if given:
            raise ConfigError(f"data.speeds needs the recordings' own mels and f0 alone: {name} is {given}.")
