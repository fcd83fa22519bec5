"""One new speaker's clips, mixed with those of speakers who are not to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.data.collate import Reader
from voiceclone.data.module import VoiceDataModule
from voiceclone.data.samplers import Rows, Sampler
from voiceclone.data.store import Clips, Store, mel_name
from voiceclone.errors import ConfigError

# Old clips that much longer than a batch would pad it out for nothing.
_LONGER = 1.25
_SALT = 1


class ReplaySampler(Sampler):
    """The batches of ``inner``, over the clips ``new``, each with ``ratio`` times as many clips drawn from ``old``.

    Another draw every epoch, so that few batches recall a large corpus. ``lengths`` [n] are those of all clips.
    """

    def __init__(self, inner: Sampler, new: Rows, old: Rows, lengths: np.ndarray, ratio: float) -> None:
        super().__init__(inner.seed, inner.world)
        self.inner, self.new, self.old, self.lengths, self.ratio = inner, new, old, lengths, ratio
        self.notes = list(inner.notes)

    def batches(self, epoch: int) -> list[Rows]:
        rng = np.random.default_rng([self.seed, epoch, _SALT])
        return [self._with_old(self.new[rows], rng) for rows in self.inner.batches(epoch)]

    def __len__(self) -> int:
        return len(self.inner)

    def _with_old(self, rows: Rows, rng: np.random.Generator) -> Rows:
        wanted = min(round(self.ratio * len(rows)), len(self.old))
        by_length = self.old[np.argsort(self.lengths[self.old], kind="stable")]
        fitting = np.count_nonzero(self.lengths[by_length] <= _LONGER * self.lengths[rows].max())
        return np.concatenate([rows, rng.choice(by_length[: max(wanted, fitting)], wanted, replace=False)])


class FewShotDataModule(VoiceDataModule):
    """The clips of ``new_speaker`` in the first store; ``base`` are stores (paths) whose clips are mixed in, ``replay``
    of them for each new one. What is validated and tested on are the new speaker's clips alone."""

    def __init__(
        self,
        stores: Sequence[str | Path | Store],
        task: Any,
        *args: Any,
        new_speaker: str,
        base: Sequence[str | Path] = (),
        replay: float = 1.0,
        **settings: Any,
    ) -> None:
        if replay < 0:
            raise ConfigError(f"replay={replay}: expected 0 (none) or more, 1 for as many old clips as new ones.")
        super().__init__([*stores, *(base if replay > 0 else ())], task, *args, **settings)
        several = len(self.stores) > 1
        self.new_speaker = f"{self.stores[0].corpus}/{new_speaker}" if several else new_speaker
        self.replay = replay

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "new_speaker": self.new_speaker}

    def chosen(self, split: str) -> Clips:
        everyone = super().chosen(split)
        return everyone if split == "train" else everyone.select(speakers=[self.new_speaker])

    def sampler(self, reader: Reader, split: str, world: int) -> Sampler:
        if split != "train" or len(self.stores) == 1:
            return super().sampler(reader, split, world)
        new = reader.clips.codes("speaker") == reader.clips.speakers.index(self.new_speaker)
        only = self.read(reader.clips.take(np.flatnonzero(new)), training=True)
        inner = super().sampler(only, split, world)
        lengths = reader.clips.lengths(mel_name(self.contract))
        return ReplaySampler(inner, np.flatnonzero(new), np.flatnonzero(~new), lengths, self.replay)
