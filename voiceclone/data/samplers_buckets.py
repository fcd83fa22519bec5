"""Clips of like length together, as many as a budget of frames allows."""

from __future__ import annotations

import numpy as np

from voiceclone.data.samplers import Rows, Sampler
from voiceclone.errors import DataError

# Clips this much shorter than the longest of their bucket begin the next one.
_NARROW = 0.8


class BucketSampler(Sampler):
    """Batches whose clips, padded to the longest of them, have at most ``frames`` frames together.

    A bucket holds clips of like length and up to ``mix`` batches; every epoch its clips are mixed anew and the batches
    come in another order. With ``shuffle=False`` they are the same always, longest first. Clips of more than ``frames``
    frames by themselves are left out, with a note. Ranks step through one bucket together, so that none waits long for
    another. ``copies`` [n] says how often each clip comes in an epoch, once where left out. Where the batches do not
    fill all ranks, large ones are halved; only if every batch is a single clip is one left out.
    """

    def __init__(
        self,
        lengths: np.ndarray,
        frames: int,
        max_clips: int,
        seed: int = 0,
        world: int = 1,
        shuffle: bool = True,
        mix: int = 8,
        copies: np.ndarray | None = None,
    ) -> None:
        super().__init__(seed, world)
        self.shuffle = shuffle
        fitting = np.flatnonzero(lengths <= frames)
        if len(fitting) < len(lengths):
            self.notes.append(
                f"{len(lengths) - len(fitting)} clips of up to {lengths.max()} frames are more than a batch may hold "
                f"(frames_per_batch={frames}): left out"
            )
        if len(fitting) < world:
            raise DataError(f"{len(fitting)} clips cannot be shared out over {world} devices. Use fewer, or more data.")
        order = fitting[np.argsort(-lengths[fitting], kind="stable")]
        order = order if copies is None else np.repeat(order, copies[order])
        self._buckets = _buckets(order, lengths, frames, max_clips, mix)
        self._sizes = _even_sizes([_sizes(len(rows), size) for rows, size in self._buckets], world)

    def batches(self, epoch: int) -> list[Rows]:
        rng = self.rng(epoch)
        batches = []
        for (rows, _), sizes in zip(self._buckets, self._sizes, strict=True):
            mixed = rng.permutation(rows) if self.shuffle else rows
            batches += np.split(mixed, np.cumsum(sizes, dtype=np.int64))[:-1]
        steps = np.arange(len(self))
        if self.shuffle:
            rng.shuffle(steps)
        return [batches[step * self.world + rank] for step in steps for rank in range(self.world)]

    def __len__(self) -> int:
        return sum(len(sizes) for sizes in self._sizes) // self.world


def _buckets(order: Rows, lengths: np.ndarray, frames: int, max_clips: int, mix: int) -> list[tuple[Rows, int]]:
    """Clips in falling length, cut into buckets: (clips, clips per batch)."""
    buckets, begin = [], 0
    while begin < len(order):
        longest = max(1, int(lengths[order[begin]]))
        size = min(max_clips, frames // longest)
        alike = int(np.count_nonzero(lengths[order[begin:]] >= _NARROW * longest))
        # Whole batches, at least one: half a batch would cost a step of its own.
        taken = max(size, min(alike, size * mix) // size * size)
        buckets.append((order[begin : begin + taken], size))
        begin += taken
    return buckets


def _sizes(n_clips: int, size: int) -> list[int]:
    """Batch sizes of a bucket: as few batches as possible, as even as possible."""
    n_batches = -(-n_clips // size)
    return [n_clips // n_batches + (batch < n_clips % n_batches) for batch in range(n_batches)]


def _even_sizes(sizes: list[list[int]], world: int) -> list[list[int]]:
    """Halve the largest batches until their number is a multiple of ``world``; single clips are left out instead."""
    while sum(map(len, sizes)) % world:
        bucket = max(range(len(sizes)), key=lambda number: max(sizes[number], default=0))
        largest = max(sizes[bucket])
        sizes[bucket].remove(largest)
        if largest > 1:
            sizes[bucket] += [largest - largest // 2, largest // 2]
    return sizes
