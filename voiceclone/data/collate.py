"""What the tasks share when they turn clips into a batch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.data.batches import Batch
from voiceclone.data.samplers import Rows, Sampler
from voiceclone.data.store import Clips
from voiceclone.errors import DataError

INT16_SCALE = 32768.0


class Reader(ABC):
    """The clips of one split as one task sees them: which go together, and how they become a batch.

    ``clips`` are those that the task can use; rows count within them.
    """

    clips: Clips

    @abstractmethod
    def sampler(self, seed: int, world: int) -> Sampler:
        """Which clips make up the batches of an epoch."""

    @abstractmethod
    def load(self, rows: Rows, rng: np.random.Generator) -> Batch:
        """The batch of ``rows``; what is random in it comes from ``rng`` alone."""


def silence(contract: AudioContract) -> float:
    """The mel value of silence, which is what mels are padded with."""
    if contract.log == "none":
        return 0.0
    return math.log(contract.log_floor) if contract.log == "ln" else math.log10(contract.log_floor)


def padded(
    clips: Clips, array: str, rows: Rows, frames: int, starts: Sequence[int] | np.ndarray | None = None, fill: float = 0
) -> Tensor:
    """``frames`` frames of each clip's ``array`` from ``starts`` (0 if not given), padded at the end with ``fill``.

    float32 [B, *row, frames]: time comes last, as everywhere in networks.
    """
    batch = np.full((len(rows), *clips.specs[array].row, frames), fill, dtype=np.float32)
    for place, row, start in zip(batch, rows, [0] * len(rows) if starts is None else starts, strict=True):
        part = clips.read(array, int(row), int(start), int(start) + frames)
        place[..., : len(part)] = np.moveaxis(part, 0, -1)
    return torch.from_numpy(batch)


def require_frame_streams(clips: Clips, names: Sequence[str]) -> None:
    """Raise `DataError` for an extra stream that is missing or does not have one value per mel frame."""
    for name in names:
        clips.lengths(name)
        if clips.specs[name].per != "frame":
            raise DataError(f"stream '{name}' has one value per {clips.specs[name].per}; needs one per mel frame.")
