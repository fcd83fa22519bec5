"""Clips by number: what samplers and collation work on, be it one store, part of one, or several joined."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceclone.data.store_log import ArraySpec
from voiceclone.data.utterance import SPLITS
from voiceclone.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from voiceclone.data.store_join import Selection


@dataclass(frozen=True)
class Item:
    """One clip: the fields of its utterance as plain values, and ``arrays``, views into the memory map.

    ``seconds`` is the prepared clip's length, ``source_rate`` the recording's own in Hz; ``revision`` tells apart
    versions of a clip whose source changed.
    """

    id: str
    audio: str
    start: float
    end: float | None
    text: str | None
    speaker: str
    language: str
    emotion: str | None
    intensity: float | None
    split: str
    extra: dict[str, Any]
    seconds: float
    source_rate: int
    revision: int
    arrays: dict[str, np.ndarray]

    @property
    def symbols(self) -> np.ndarray:
        """Symbol ids, int16 [N]; empty for a clip without text."""
        return self.arrays["symbols"]


class Clips(ABC):
    """A sequence of clips with their labels as integer columns.

    ``names`` maps each of speaker, emotion, language, split and source_rate to what its codes stand for; a selection
    keeps the names of what it was selected from, so that a code means the same speaker in training and validation.
    """

    names: Mapping[str, tuple[str, ...]]
    specs: Mapping[str, ArraySpec]

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def item(self, row: int) -> Item:
        """Clip number ``row``, from 0."""

    @abstractmethod
    def codes(self, field: str) -> np.ndarray:
        """Column ``field``, one of the keys of ``names``, as int [n] into ``names[field]``; -1 for none."""

    @abstractmethod
    def lengths(self, array: str) -> np.ndarray:
        """Rows of ``array`` per clip, int64 [n]; -1 where a clip has none. `DataError` for an unknown array."""

    @abstractmethod
    def read(self, array: str, row: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Rows ``start:stop`` of one clip's ``array``, without copying; a clip that lacks it gives no rows."""

    @abstractmethod
    def fields(self, row: int) -> dict[str, Any]:
        """The clip's plain values: an `Item` without revision and arrays."""

    def ident(self, row: int) -> str:
        """The clip's id, which names its corpus where several are joined."""
        return self.fields(row)["id"]

    @property
    def speakers(self) -> tuple[str, ...]:
        """Speaker names in the order of their codes."""
        return self.names["speaker"]

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotion labels in the order of their codes."""
        return self.names["emotion"]

    @property
    def languages(self) -> tuple[str, ...]:
        """Language codes in the order of their numbers."""
        return self.names["language"]

    def __getitem__(self, row: int) -> Item:
        return self.item(range(len(self))[row])

    def __iter__(self) -> Iterator[Item]:
        return (self.item(row) for row in range(len(self)))

    def present(self, field: str) -> tuple[str, ...]:
        """Those of ``names[field]`` that some clip has."""
        found = np.unique(self.codes(field))
        return tuple(self.names[field][code] for code in found if code >= 0)

    def select(
        self,
        split: str | Sequence[str] | None = None,
        speakers: Sequence[str] | None = None,
        emotions: Sequence[str] | None = None,
        languages: Sequence[str] | None = None,
    ) -> Selection:
        """The clips that meet every condition given; `DataError` for a name that no clip has."""
        keep = np.ones(len(self), dtype=bool)
        splits = (split,) if isinstance(split, str) else split
        wanted = {"split": splits, "speaker": speakers, "emotion": emotions, "language": languages}
        for field, values in wanted.items():
            if values is not None:
                keep &= np.isin(self.codes(field), self._codes_of(field, values))
        return self.take(np.flatnonzero(keep))

    def take(self, rows: Sequence[int] | np.ndarray) -> Selection:
        """The clips at ``rows``, in that order."""
        from voiceclone.data.store_join import Selection

        return Selection(self, np.asarray(rows, dtype=np.int64))

    def _codes_of(self, field: str, values: Sequence[str]) -> list[int]:
        known = self.names[field]
        for value in values:
            if value not in known and not (field == "split" and value in SPLITS):
                raise DataError(f"{field}={value}: no such {field} in the prepared data. {did_you_mean(value, known)}")
        return [known.index(value) for value in values if value in known]
