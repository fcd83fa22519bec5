"""Flat arrays that only ever grow, with a journal that says which part of them is whole.

An append writes the arrays first and the journal's line last. Whatever a killed process leaves behind the last
whole line is cut off by the next one, so the files can be trusted at any moment.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np

from voiceclone.errors import DataError

log = logging.getLogger(__name__)

_LINES_BETWEEN_SYNCS = 200


@dataclass(frozen=True)
class ArraySpec:
    """One kind of array: its type on disk, the shape of one row, and what a row stands for."""

    dtype: str
    row: tuple[int, ...] = ()
    per: Literal["sample", "frame", "symbol", "clip"] = "clip"

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.dtype(self.dtype).itemsize * np.prod(self.row, dtype=np.int64))

    def to_dict(self) -> dict[str, Any]:
        """Plain builtins for JSON."""
        return {**asdict(self), "row": list(self.row)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ArraySpec:
        """The inverse of `to_dict`."""
        return cls(plain["dtype"], tuple(plain["row"]), plain["per"])


def write_specs(folder: Path, specs: Mapping[str, ArraySpec]) -> None:
    """Leave beside the arrays what they hold, in one step: others may be reading it."""
    fresh = folder / f"arrays.{os.getpid()}"
    fresh.write_text(json.dumps({name: spec.to_dict() for name, spec in specs.items()}), "utf-8")
    os.replace(fresh, folder / "arrays.json")


def read_specs(folder: Path) -> dict[str, ArraySpec]:
    """What the arrays in ``folder`` hold."""
    plain = json.loads((folder / "arrays.json").read_text("utf-8"))
    return {name: ArraySpec.from_dict(spec) for name, spec in plain.items()}


class ArrayLog:
    """The writing side of one folder of flat arrays; close it or use it with ``with``.

    One process at a time: a second one waits. ``at`` in a journal line maps each array's name to [first row, rows].
    Raises `DataError` for a folder that cannot be written.
    """

    def __init__(self, folder: Path, specs: Mapping[str, ArraySpec]) -> None:
        self.folder, self.specs = folder, dict(specs)
        self._lines = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._journal: IO[bytes] = open(folder / "journal.jsonl", "a+b", buffering=0)  # noqa: SIM115
            _lock(self._journal, folder)
            self._reader: IO[bytes] = open(folder / "journal.jsonl", "rb")  # noqa: SIM115
            self._files = {name: open(folder / f"{name}.bin", "ab", buffering=0) for name in specs}  # noqa: SIM115
            write_specs(folder, self.specs)
        except OSError as error:
            raise DataError(f"{folder}: cannot write the store here ({error.strerror}). Set paths.store.") from None
        self._ends = self._cut_to_last_whole_line()

    def append(self, record: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> int:
        """Write ``arrays`` and then the journal line; returns the line's position in the journal."""
        try:
            at = {name: self._write(name, array) for name, array in arrays.items()}
            position = self._journal.seek(0, os.SEEK_END)
            self._journal.write(json.dumps({**record, "at": at}, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise DataError(f"{self.folder}: cannot write ({error.strerror}). What is written is kept.") from None
        self._lines += 1
        if self._lines % _LINES_BETWEEN_SYNCS == 0:
            self.sync()
        return position

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every journal line in the order written, with its position."""
        position = 0
        with open(self.folder / "journal.jsonl", "rb") as lines:
            for line in lines:
                yield position, json.loads(line)
                position += len(line)

    def record(self, position: int) -> dict[str, Any]:
        """The journal line at ``position``."""
        self._reader.seek(position)
        return json.loads(self._reader.readline())

    def sync(self) -> None:
        """Ask the disk to keep what was written, arrays before the journal."""
        for file in (*self._files.values(), self._journal):
            os.fsync(file.fileno())

    def close(self) -> None:
        """Sync and let go of the folder."""
        self.sync()
        for file in (*self._files.values(), self._journal, self._reader):
            file.close()

    def __enter__(self) -> ArrayLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, name: str, array: np.ndarray) -> list[int]:
        spec, start = self.specs[name], self._ends[name]
        rows = np.ascontiguousarray(array, dtype=spec.dtype)
        if rows.shape[1:] != spec.row:
            raise DataError(f"{self.folder}: array '{name}' holds rows of shape {spec.row}, got {rows.shape[1:]}.")
        _write_all(self._files[name], rows)
        self._ends[name] = start + len(rows)
        return [start, len(rows)]

    def _cut_to_last_whole_line(self) -> dict[str, int]:
        sizes = {name: os.path.getsize(file.name) // self.specs[name].row_bytes for name, file in self._files.items()}
        ends, whole = dict.fromkeys(self.specs, 0), 0
        with open(self.folder / "journal.jsonl", "rb") as lines:
            for line in lines:
                reached = _ends_after(line)
                # After a power cut the journal can be ahead of the arrays: what they lack is done again.
                if reached is None or any(end > sizes[name] for name, end in reached.items()):
                    break
                ends.update(reached)
                whole += len(line)
        _cut(self._journal, whole)
        for name, file in self._files.items():
            _cut(file, ends[name] * self.specs[name].row_bytes)
        return ends


def _ends_after(line: bytes) -> dict[str, int] | None:
    """Where each array ends after this journal line; None for a line that was cut off."""
    if not line.endswith(b"\n"):
        return None
    try:
        return {name: start + rows for name, (start, rows) in json.loads(line)["at"].items()}
    except (ValueError, KeyError, TypeError):
        return None


def _cut(file: IO[bytes], size: int) -> None:
    if os.path.getsize(file.name) != size:
        file.truncate(size)


def _write_all(file: IO[bytes], rows: np.ndarray) -> None:
    rest = memoryview(rows.reshape(-1).view(np.uint8).data)
    while len(rest):
        rest = rest[file.write(rest) :]


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Keep other processes from changing what the ``store`` shows; waits for one that does.

    Raises `DataError` for a store that cannot be written.
    """
    try:
        file = open(store / "store.lock", "ab")  # noqa: SIM115
    except OSError as error:
        raise DataError(f"{store}: cannot write the store here ({error.strerror}). Set paths.store.") from None
    with file:
        _lock(file, store)
        yield


def _lock(journal: IO[bytes], folder: Path) -> None:
    """Wait until no other process writes here; the operating system lets go when a process ends, however it ends.

    Waiting is right for the ranks of a cluster that all begin by preparing the same corpus: one works, the others
    find the work done.
    """
    try:
        import fcntl
    except ImportError:  # Windows keeps a second writer out by itself
        return
    try:
        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.warning("%s: another process is writing here; waiting for it to finish.", folder)
        fcntl.flock(journal, fcntl.LOCK_EX)
