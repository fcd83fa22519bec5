"""Batches in a running order that can be taken up again in the middle of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from voiceclone.data.batches import Batch
from voiceclone.data.collate import Reader
from voiceclone.data.samplers import Rows, Sampler


@dataclass(frozen=True)
class Request:
    """One batch to load. All that is random in it follows from ``seed``, whichever process loads it."""

    rows: Rows
    seed: tuple[int, int, int]


class Requests:
    """The requests of one rank in the current epoch, from ``start`` on; Lightning calls `set_epoch`."""

    def __init__(self, sampler: Sampler, rank: int, fixed: bool) -> None:
        self.sampler, self.rank, self._fixed = sampler, rank, fixed
        self.epoch, self.start = 0, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch; with ``fixed`` all epochs are alike."""
        self.epoch = 0 if self._fixed else epoch

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Request]:
        world = self.sampler.world
        batches = self.sampler.batches(self.epoch)[self.rank :: world]
        for number in range(self.start, len(self)):
            yield Request(batches[number], (self.sampler.seed, self.epoch, number * world + self.rank))


class BatchLoader:
    """What the trainer iterates over: the reader's batches for one rank, loaded by ``num_workers`` processes.

    The same seed gives the same batches, whatever the number of workers. `state_dict` says how far the epoch has
    come; after `load_state_dict` the next iteration begins there without loading what was before. Lightning saves
    and restores it with its checkpoints. ``fixed`` makes all epochs alike. ``finished`` tells how many batches of the
    epoch are done with, which after an interruption is one less than were handed out.
    """

    def __init__(
        self,
        reader: Reader,
        sampler: Sampler,
        rank: int = 0,
        num_workers: int = 0,
        pin_memory: bool = False,
        fixed: bool = False,
        finished: Callable[[], int] | None = None,
    ) -> None:
        self.sampler = Requests(sampler, rank, fixed)
        self.batch_sampler = None  # Lightning looks at both to set the epoch and to tell what shuffles
        self._delivered = 0
        self._finished = finished or (lambda: self._delivered)
        self._resume: tuple[int, int] | None = None
        self._loader = DataLoader(
            _Batches(reader, len(sampler)),
            batch_size=None,
            sampler=self.sampler,
            num_workers=num_workers,
            collate_fn=_as_it_is,
            pin_memory=pin_memory,
            persistent_workers=num_workers > 0,
            # Of its own, or every epoch would shift the random numbers that dropout draws.
            generator=torch.Generator(),
        )

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[Batch]:
        # A generator: the epoch is read when the first batch is asked for, by when the trainer has set it.
        resumed_epoch, start = self._resume or (-1, 0)
        self._resume = None
        self.sampler.start = self._delivered = start if resumed_epoch == self.sampler.epoch else 0
        for batch in self._loader:
            self._delivered += 1
            yield batch

    def state_dict(self) -> dict[str, Any]:
        """Which epoch this is and how many of its batches are done with."""
        return {"epoch": self.sampler.epoch, "finished": self._finished()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken."""
        self._resume = (state["epoch"], state["finished"])
        self.sampler.set_epoch(state["epoch"])


class _Batches(Dataset[Batch]):
    def __init__(self, reader: Reader, n_batches: int) -> None:
        self._reader, self._n_batches = reader, n_batches

    def __len__(self) -> int:
        return self._n_batches

    def __getitem__(self, request: Request) -> Batch:
        return self._reader.load(request.rows, np.random.default_rng(request.seed))


def _as_it_is(batch: Any) -> Any:
    return batch
