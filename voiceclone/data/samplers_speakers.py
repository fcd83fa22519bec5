"""Batches of N speakers times M utterances, as the GE2E loss wants them (Wan et al., 2018)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from voiceclone.data.samplers import Rows, Sampler
from voiceclone.errors import DataError


class SpeakerSampler(Sampler):
    """Rows of N speakers, M of each, grouped by speaker.

    Speakers take turns, so that each appears equally often, however much of them there is; so do a speaker's clips.
    An epoch draws about as many clips as there are. With fewer than ``n_speakers`` speakers all of them make a batch;
    speakers with fewer than ``n_utterances`` clips have some drawn twice (another part of them is cut out), and those
    with fewer than ``min_utterances`` are left out: `notes` says so. Ranks share clips only where a speaker has
    too few. Raises `DataError` where not even two speakers are left.
    """

    def __init__(
        self,
        speakers: np.ndarray,
        n_speakers: int,
        n_utterances: int,
        min_utterances: int = 2,
        seed: int = 0,
        world: int = 1,
    ) -> None:
        super().__init__(seed, world)
        clips = {int(code): np.flatnonzero(speakers == code) for code in np.unique(speakers)}
        self._clips = [rows for rows in clips.values() if len(rows) >= min_utterances]
        self.n_speakers, self.n_utterances = min(n_speakers, len(self._clips)), n_utterances
        self._report(n_speakers, n_left_out=len(clips) - len(self._clips), min_utterances=min_utterances)
        drawn = self.n_speakers * n_utterances * world
        self._per_rank = max(1, sum(map(len, self._clips)) // drawn)

    def batches(self, epoch: int) -> list[Rows]:
        rng = self.rng(epoch)
        clips = [_turns(rows, rng) for rows in self._clips]
        return [
            np.array([next(clips[speaker]) for speaker in speakers for _ in range(self.n_utterances)])
            for speakers in self._groups(rng)
        ]

    def __len__(self) -> int:
        return self._per_rank

    def _groups(self, rng: np.random.Generator) -> Iterator[list[int]]:
        """The speakers of each batch. Who is in a batch already when his next turn comes waits for the next one."""
        queue: list[int] = []
        for _ in range(len(self) * self.world):
            if len(queue) < self.n_speakers:
                queue += rng.permutation(len(self._clips)).tolist()
            chosen = list(dict.fromkeys(queue))[: self.n_speakers]
            for speaker in chosen:
                queue.remove(speaker)
            yield chosen

    def _report(self, wanted: int, n_left_out: int, min_utterances: int) -> None:
        if n_left_out:
            self.notes.append(f"{n_left_out} speakers with fewer than {min_utterances} clips are left out")
        if len(self._clips) < 2:
            raise DataError(
                f"{len(self._clips)} speakers with {min_utterances} clips or more: GE2E needs at least two."
            )
        if self.n_speakers < wanted:
            self.notes.append(f"{self.n_speakers} speakers, not the {wanted} asked for: all are in every batch")
        short = sum(len(rows) < self.n_utterances for rows in self._clips)
        if short:
            self.notes.append(f"{short} speakers have fewer than {self.n_utterances} clips: theirs repeat in a batch")


def _turns(values: np.ndarray, rng: np.random.Generator) -> Iterator[int]:
    """Endless rounds over ``values``, each in another order."""
    while True:
        yield from rng.permutation(values).tolist()
