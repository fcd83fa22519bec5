"""Further arrays for a store that exists: speaker embeddings, teacher-forced mels, whatever comes later."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np

from voiceclone.data.store import Item, Store
from voiceclone.data.store_log import ArrayLog, ArraySpec, alone, read_specs
from voiceclone.data.store_writer import MAIN_LAYER, publish
from voiceclone.errors import DataError

Produce = Callable[[Iterator[Item]], Iterable[tuple[str, np.ndarray]]]


def add_array(store: Store, name: str, produce: Produce, per: Literal["frame", "sample", "clip"] = "clip") -> Store:
    """Give the clips of ``store`` an array ``name`` and return the store with it.

    ``produce`` is handed the clips that lack it and yields (id, array [rows, ...]) in any order, so it may work in
    batches. What it has yielded is kept if the process dies; the next call goes on with the rest. Clips it does not
    yield stay without. The first array decides type and row shape; the arrays of a clip "per frame" or "per sample"
    must be as long as its mel or wave. Of several processes, such as the ranks of one training, one makes the array,
    the others wait and find it made.
    """
    with alone(store.path):
        current = Store(store.path)  # another process may have published since this one opened it
        return _add_array(store if current.generation == store.generation else current, name, produce, per)


def _add_array(store: Store, name: str, produce: Produce, per: Literal["frame", "sample", "clip"]) -> Store:
    if not re.fullmatch(r"[\w.@-]+", name) or name in store.header["layers"][MAIN_LAYER]:
        raise DataError(f"'{name}' cannot name a new array: use letters, digits and @ . - _, and a name not taken.")
    folder = store.path / name
    done = _done(folder)
    produced = iter(produce(item for item in store if (item.id, item.revision) not in done))
    first = next(produced, None)
    if first is None and name in store.specs:
        return store
    if first is not None:
        _write(store, folder, _spec_of(first[1], per), chain([first], produced))
    return publish(store.path, store.header, _rows(store))


def _write(store: Store, folder: Path, spec: ArraySpec, produced: Iterable[tuple[str, np.ndarray]]) -> None:
    revisions = {store.ident(row): store.revision(row) for row in range(len(store))}
    if (folder / "arrays.json").is_file() and read_specs(folder)[folder.name] != spec:
        raise DataError(f"{folder}: holds arrays of another type or shape. Use another name, or remove this folder.")
    with ArrayLog(folder, {folder.name: spec}) as log:
        for ident, array in produced:
            if ident not in revisions:
                raise DataError(f"{store.path}: array '{folder.name}' was made for '{ident}', which is no clip of it.")
            log.append({"id": ident, "revision": revisions[ident]}, {folder.name: array})


def _spec_of(array: np.ndarray, per: Literal["frame", "sample", "clip"]) -> ArraySpec:
    return ArraySpec(array.dtype.name, array.shape[1:], per)


def _done(folder: Path) -> set[tuple[str, int]]:
    if not (folder / "arrays.json").is_file():
        return set()
    with ArrayLog(folder, read_specs(folder)) as log:
        return {(record["id"], record["revision"]) for _, record in log.records()}


def _rows(store: Store) -> Iterator[Mapping[str, Any]]:
    for row in range(len(store)):
        at = {name: store.place(name, row) for name in store.header["layers"][MAIN_LAYER]}
        yield {"clip": store.fields(row), "revision": store.revision(row), "at": at}
