"""Which clips go together: an epoch's batches as lists of clip numbers, the same on every rank and machine.

A sampler is a function of (seed, epoch) and nothing else. It makes the batches of all ranks, as many as is a multiple
of their number, so that ranks take turns without ever sharing a clip or waiting for one another.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from voiceclone.errors import DataError

Rows = np.ndarray
"""Numbers of clips, int64 [B]."""


class Sampler(ABC):
    """``world`` is the number of ranks; every epoch has ``len(sampler)`` batches for each of them.

    ``notes`` is what the user should be told once: clips or speakers that are left out or repeat.
    """

    def __init__(self, seed: int, world: int) -> None:
        self.seed, self.world = seed, world
        self.notes: list[str] = []

    @abstractmethod
    def batches(self, epoch: int) -> list[Rows]:
        """The epoch's batches for all ranks, ``world * len(self)`` of them; rank r takes number r, r + world, ..."""

    @abstractmethod
    def __len__(self) -> int: ...

    def rng(self, epoch: int) -> np.random.Generator:
        """The epoch's random numbers."""
        return np.random.default_rng([self.seed, epoch])


class SegmentSampler(Sampler):
    """Batches of equal size, each clip at most once an epoch; the remainder changes from epoch to epoch.

    For networks that see a segment of fixed length. Fewer clips than a batch make one smaller batch per rank.
    """

    def __init__(self, n_clips: int, batch_size: int, seed: int = 0, world: int = 1) -> None:
        super().__init__(seed, world)
        if n_clips < world:
            raise DataError(f"{n_clips} clips cannot be shared out over {world} devices. Use fewer, or more data.")
        self.n_clips, self.batch_size = n_clips, min(batch_size, n_clips // world)
        self._per_rank = n_clips // (self.batch_size * world)

    def batches(self, epoch: int) -> list[Rows]:
        order = self.rng(epoch).permutation(self.n_clips)[: self._per_rank * self.world * self.batch_size]
        return list(order.reshape(-1, self.batch_size))

    def __len__(self) -> int:
        return self._per_rank


class InOrderSampler(Sampler):
    """Every clip by itself, in order, for validation on whole clips.

    What does not fill all ranks is left out; with ``repeat`` the first clips come again instead, for figures that know
    a clip when it comes twice.
    """

    def __init__(self, n_clips: int, world: int = 1, repeat: bool = False) -> None:
        super().__init__(0, world)
        self.n_clips = n_clips
        self._per_rank = -(-n_clips // world) if repeat else n_clips // world
        if n_clips % world and not repeat:
            self.notes.append(f"{n_clips % world} of {n_clips} clips are left out, to share the rest out evenly")

    def batches(self, epoch: int) -> list[Rows]:
        return list((np.arange(self._per_rank * self.world) % self.n_clips).reshape(-1, 1))

    def __len__(self) -> int:
        return self._per_rank
