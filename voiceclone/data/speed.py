"""Recordings played faster or slower: voices higher, lower, larger and smaller than those that were recorded."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.resample import resample
from voiceclone.audio.stft import edge_padding
from voiceclone.data.collate import INT16_SCALE
from voiceclone.data.samplers import Rows
from voiceclone.data.store import Clips

_STEPS = 1000  # speeds are multiples of a thousandth, since sample rates are whole numbers


class SpeedChange:
    """Segments of ``frames`` frames at speeds drawn between two ``limits``, evenly in their logarithm.

    Pitch and formants move with the speed (Ko et al., 2015). Mels are computed anew, with the frames around them.
    """

    def __init__(self, clips: Clips, contract: AudioContract, limits: tuple[float, float], frames: int) -> None:
        self.clips, self.contract, self.limits, self.frames = clips, contract, limits, frames
        self._mel = MelSpectrogram(contract)
        self._around = -(-max(edge_padding(contract)) // contract.hop_length)

    def draw(self, rows: Rows, rng: np.random.Generator) -> np.ndarray:
        """A speed for each row."""
        slowest, fastest = np.log(self.limits)
        speeds = np.exp(rng.uniform(slowest, fastest, len(rows)))
        return np.round(speeds * _STEPS) / _STEPS

    def recorded(self, speeds: np.ndarray) -> np.ndarray:
        """How many recorded frames a segment takes."""
        return np.ceil(self.frames * speeds).astype(np.int64)

    def read(self, rows: Rows, starts: np.ndarray, speeds: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Wave ``[B, 1, frames * hop_length]``, mel ``[B, n_mels, frames]`` and f0 ``[B, frames]`` of segments that
        begin at the recorded frames ``starts``."""
        places = list(zip(map(int, rows), map(int, starts), map(float, speeds), strict=True))
        waves = torch.from_numpy(np.stack([self._wave(*place) for place in places]))
        f0 = torch.from_numpy(np.stack([self._f0(*place) for place in places]))
        hop, inside = self.contract.hop_length, slice(self._around, self._around + self.frames)
        return waves[:, None, inside.start * hop : inside.stop * hop], self._mel(waves)[..., inside], f0

    def _wave(self, row: int, start: int, speed: float) -> np.ndarray:
        """The segment and ``_around`` frames on either side, silence where the clip has ended."""
        hop = self.contract.hop_length
        wanted = (self.frames + 2 * self._around) * hop
        first = start * hop - round(self._around * hop * speed)
        recorded = self.clips.read("wave", row, max(first, 0), first + round(wanted * speed)).astype(np.float32)
        recorded = np.pad(recorded / INT16_SCALE, (max(-first, 0), 0))
        played = resample(recorded, round(speed * _STEPS), _STEPS)[:wanted]
        return np.pad(played, (0, wanted - len(played)))

    def _f0(self, row: int, start: int, speed: float) -> np.ndarray:
        """The pitch at the centres of the new frames, from the nearest recorded ones."""
        centre = self.contract.first_frame_centre / self.contract.hop_length
        places = np.round((np.arange(self.frames) + centre) * speed - centre).astype(np.int64)
        recorded = self.clips.read("f0", row, start, start + int(places[-1]) + 1)
        found = np.where(places < len(recorded), recorded[np.minimum(places, len(recorded) - 1)], 0.0)
        return (found * speed).astype(np.float32)
