"""The prepared store, write side: clips go into a log as they are made, an index says which of them count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.data.store import Store
from voiceclone.data.store_index import drop_old_indices, read_header, write_header, write_index
from voiceclone.data.store_log import ArrayLog, ArraySpec, alone, read_specs
from voiceclone.errors import DataError

MAIN_LAYER = "prepared"


@dataclass(frozen=True)
class Known:
    """What the log remembers of a key: its source's signature, where its record is, and ``facts`` if that is all.

    The facts of a key with arrays are many and stay in the file.
    """

    signature: str
    position: int
    facts: Mapping[str, Any] | None


class StoreWriter:
    """Adds clips to the store at ``path``; safe to kill at any moment. Use it with ``with``.

    ``specs`` are the arrays of a clip; ``header`` goes into ``store.json`` (corpus, contracts, symbols_version, ...).
    The log outlives any one listing of the corpus: what is in the index is decided by `publish` alone.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], specs: Mapping[str, ArraySpec]) -> None:
        self.path, self.header = path, dict(header)
        self._log = ArrayLog(path / MAIN_LAYER, specs)
        self._known: dict[str, Known] = {}
        for position, record in self._log.records():
            self._known[record["key"]] = _known(record, position)

    def known(self, key: str, signature: str) -> Known | None:
        """What is remembered of ``key``; None if it was never written, or from a source with another signature."""
        known = self._known.get(key)
        return known if known is not None and known.signature == signature else None

    def add(
        self, key: str, signature: str, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray] | None = None
    ) -> None:
        """Remember ``facts`` (JSON values) and ``arrays`` of ``key``, in place of what was there before."""
        record = {"key": key, "signature": signature, **facts}
        position = self._log.append(record, arrays or {})
        self._known[key] = _known({**record, "at": arrays}, position)

    def publish(self, clips: Iterable[tuple[str, Mapping[str, Any]]]) -> Store:
        """Make ``clips`` the content of the store, and open it.

        Each is a key and the clip's fields, which with the key's facts make up an `Item`.
        """
        self._log.sync()
        with alone(self.path):
            return publish(self.path, self.header, (self._row(key, clip) for key, clip in clips))

    def close(self) -> None:
        """Let go of the store; what was added stays."""
        self._log.close()

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, key: str, clip: Mapping[str, Any]) -> dict[str, Any]:
        position = self._known[key].position
        record = self._log.record(position)
        facts = {name: value for name, value in record.items() if name not in ("key", "signature", "at")}
        return {"clip": {**clip, **facts}, "revision": position, "at": record["at"]}


def _known(record: Mapping[str, Any], position: int) -> Known:
    return Known(record["signature"], position, None if record["at"] else dict(record))


def publish(path: Path, header: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Store:
    """Write a new index from ``rows`` (see `store_index.write_index`), with what the other layers hold of them.

    Call it where this process is `alone` with the store.
    """
    try:
        generation = read_header(path)["generation"] + 1
    except DataError:
        generation = 1
    layers = {folder.parent.name: read_specs(folder.parent) for folder in sorted(path.glob("*/arrays.json"))}
    names = [name for specs in layers.values() for name in specs]
    added = [_places(path / layer) for layer in layers if layer != MAIN_LAYER]
    write_index(path / f"index-{generation}", _with_places(rows, added), names)
    plain = {layer: {name: spec.to_dict() for name, spec in specs.items()} for layer, specs in layers.items()}
    write_header(path, {**header, "generation": generation, "layers": plain})
    drop_old_indices(path, generation)
    return Store(path)


def _places(layer: Path) -> dict[tuple[str, int], dict[str, list[int]]]:
    with ArrayLog(layer, read_specs(layer)) as log:
        return {(record["id"], record["revision"]): record["at"] for _, record in log.records()}


def _with_places(
    rows: Iterable[Mapping[str, Any]], added: list[dict[tuple[str, int], dict[str, list[int]]]]
) -> Iterator[dict[str, Any]]:
    for row in rows:
        at = dict(row["at"])
        for places in added:
            at.update(places.get((row["clip"]["id"], row["revision"]), {}))
        yield {**row, "at": at}
