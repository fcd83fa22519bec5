"""The prepared store, read side: clips and their arrays straight from memory-mapped files. Needs numpy alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.data.store_clips import Clips, Item
from voiceclone.data.store_index import CODED, read_header
from voiceclone.data.store_log import ArraySpec
from voiceclone.errors import DataError, did_you_mean

__all__ = ["Clips", "Item", "Store", "mel_name"]


def mel_name(contract: AudioContract) -> str:
    """The name of the array that holds mels of ``contract``."""
    return f"mel@{contract.fingerprint()}"


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

    def item(self, row: int) -> Item:
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
