"""The prepared store, read side: clips by number, their arrays straight from memory-mapped files.

Needs numpy alone. `Clips` is what samplers and collation work on; a `Store`, a selection of one and several joined
are all `Clips`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.data.store_index import CODED, read_header
from voiceclone.data.store_log import ArraySpec
from voiceclone.errors import DataError, did_you_mean

if TYPE_CHECKING:
    from voiceclone.data.store_join import Selection

SPLITS = ("train", "validation", "test")


def mel_name(contract: AudioContract) -> str:
    """The name of the array that holds mels of ``contract``."""
    return f"mel@{contract.fingerprint()}"


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
    def __getitem__(self, row: int) -> Item: ...

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

    def __iter__(self) -> Iterator[Item]:
        return (self[row] for row in range(len(self)))

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


class Store(Clips):
    """One corpus prepared under one set of settings, at ``path``.

    Raises `DataError` if there is no whole store there.
    """

    def __init__(self, path: str | Path, generation: int | None = None) -> None:
        self.path = Path(path)
        self.header = read_header(self.path)
        self.generation: int = self.header["generation"] if generation is None else generation
        self._index = self.path / f"index-{self.generation}"
        self.corpus: str = self.header["corpus"]
        self.names = {field: tuple(values) for field, values in self._read_names().items()}
        self._layer_of = {name: layer for layer, specs in self.header["layers"].items() for name in specs}
        self.specs = {
            name: ArraySpec.from_dict(self.header["layers"][layer][name]) for name, layer in self._layer_of.items()
        }
        self._codes = {field: self._column(field) for field in CODED}
        self._revisions, self._lines = self._column("revision"), self._column("lines")
        self._places = {name: self._column(f"at-{name}") for name in self.specs}
        self._clips = _map(self._index / "clips.jsonl", ArraySpec("uint8"))
        self.arrays = {name: _map(self.array_file(name), spec) for name, spec in self.specs.items()}
        self._check_whole()

    def array_file(self, name: str) -> Path:
        """The flat file that holds array ``name``."""
        return self.path / self._layer_of[name] / f"{name}.bin"

    @property
    def contract(self) -> AudioContract:
        """The contract of the waveforms and of the features that come without a contract in their name."""
        return self.contracts[self.header["audio"]]

    @property
    def contracts(self) -> dict[str, AudioContract]:
        """The audio contracts whose mels are here, by fingerprint."""
        return {name: AudioContract.from_dict(plain) for name, plain in self.header["contracts"].items()}

    def __len__(self) -> int:
        return len(self._revisions)

    def __getitem__(self, row: int) -> Item:
        arrays = {name: self.read(name, row) for name in self.specs if self._places[name][row, 1] >= 0}
        return Item(**self.fields(row), revision=self.revision(row), arrays=arrays)

    def fields(self, row: int) -> dict[str, Any]:
        return json.loads(self._clips[self._lines[row] : self._lines[row + 1]].tobytes())

    def revision(self, row: int) -> int:
        """A number that changes when the clip is prepared again."""
        return int(self._revisions[row])

    def place(self, array: str, row: int) -> tuple[int, int]:
        """First row and number of rows in the flat file; -1 rows for a clip that lacks the array."""
        first, rows = self._place(array)[row].tolist()
        return first, rows

    def codes(self, field: str) -> np.ndarray:
        return self._codes[field]

    def lengths(self, array: str) -> np.ndarray:
        return self._place(array)[:, 1]

    def read(self, array: str, row: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        first, rows = self.place(array, row)
        stop = rows if stop is None else min(stop, rows)
        return self.arrays[array][first + start : first + max(start, stop)]

    def __reduce__(self) -> tuple[type[Store], tuple[Path, int]]:
        # A worker process maps the files itself; sending the maps would copy the corpus.
        return Store, (self.path, self.generation)

    def spec(self, array: str) -> ArraySpec:
        """Type and shape of ``array``; `DataError` if the store has no such array."""
        if array not in self.specs:
            raise DataError(f"{self.path}: holds no array '{array}'. {did_you_mean(array, self.specs)}")
        return self.specs[array]

    def _place(self, array: str) -> np.ndarray:
        self.spec(array)
        return self._places[array]

    def _column(self, name: str) -> np.ndarray:
        try:
            return np.load(self._index / f"{name}.npy")
        except (OSError, ValueError) as error:
            raise DataError(f"{self._index}: damaged index ({error}). Run prepare.py again.") from None

    def _read_names(self) -> dict[str, list[str]]:
        try:
            return json.loads((self._index / "names.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{self._index}: damaged index ({error}). Run prepare.py again.") from None

    def _check_whole(self) -> None:
        for name, place in self._places.items():
            needed = int((place[:, 0] + place[:, 1].clip(min=0)).max(initial=0))
            if len(self.arrays[name]) < needed:
                raise DataError(
                    f"{self.array_file(name)}: holds {len(self.arrays[name])} rows where the index counts on {needed}. "
                    "The copy is not whole: copy it again, or prepare again."
                )


def _map(file: Path, spec: ArraySpec) -> np.ndarray:
    """The flat file as [rows, *row], mapped read-only; plain ndarray, whose slices cost less than a memmap's."""
    try:
        rows = file.stat().st_size // spec.row_bytes
        if rows == 0:
            return np.empty((0, *spec.row), dtype=spec.dtype)
        return np.asarray(np.memmap(file, dtype=spec.dtype, mode="r", shape=(rows, *spec.row)))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}). The store is not whole: prepare again.") from None
