"""Selections of clips, and several stores as one training set with one list of speakers and emotions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np

from voiceclone.data.store import Clips, Item, Store
from voiceclone.data.store_index import CODED
from voiceclone.errors import DataError, did_you_mean


class Selection(Clips):
    """Some clips of ``base``, by number."""

    def __init__(self, base: Clips, rows: np.ndarray) -> None:
        self.base, self.rows = base, rows
        self.names, self.specs = base.names, base.specs

    def __len__(self) -> int:
        return len(self.rows)

    def item(self, row: int) -> Item:
        return self.base.item(int(self.rows[row]))

    def codes(self, field: str) -> np.ndarray:
        return self.base.codes(field)[self.rows]

    def lengths(self, array: str) -> np.ndarray:
        return self.base.lengths(array)[self.rows]

    def read(self, array: str, row: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        return self.base.read(array, int(self.rows[row]), start, stop)

    def fields(self, row: int) -> dict[str, Any]:
        return self.base.fields(int(self.rows[row]))

    def take(self, rows: Sequence[int] | np.ndarray) -> Selection:
        return Selection(self.base, self.rows[np.asarray(rows, dtype=np.int64)])


class JoinedStore(Clips):
    """Several stores one after the other.

    Speakers and ids are prefixed "<corpus>/" so that two corpora's speaker "01" stay two people; equal emotions
    and languages become one. Arrays are those that every store has. Raises `DataError` if two stores are of the
    same corpus or speak different symbol tables.
    """

    def __init__(self, stores: Sequence[Store]) -> None:
        self.stores = tuple(stores)
        _check_joinable(self.stores)
        first, *others = (store.specs for store in self.stores)
        self.specs = {name: spec for name, spec in first.items() if all(other.get(name) == spec for other in others)}
        self._starts = [0, *accumulate(len(store) for store in self.stores)]
        self.names, self._codes = {}, {}
        for field in CODED:
            self.names[field], self._codes[field] = self._join_codes(field)

    def __len__(self) -> int:
        return self._starts[-1]

    def item(self, row: int) -> Item:
        store, inner = self._find(row)
        return replace(store.item(inner), **self.fields(row))

    def codes(self, field: str) -> np.ndarray:
        return self._codes[field]

    def lengths(self, array: str) -> np.ndarray:
        if array not in self.specs:
            lacking = [store.corpus for store in self.stores if array not in store.specs]
            hint = f"{', '.join(lacking)} lack it." if lacking else "It has another shape in each."
            raise DataError(f"array '{array}' is not in every joined store: {hint} {did_you_mean(array, self.specs)}")
        return np.concatenate([store.lengths(array) for store in self.stores])

    def read(self, array: str, row: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        store, inner = self._find(row)
        return store.read(array, inner, start, stop)

    def fields(self, row: int) -> dict[str, Any]:
        store, inner = self._find(row)
        fields = store.fields(inner)
        return fields | {name: f"{store.corpus}/{fields[name]}" for name in ("id", "speaker")}

    def _find(self, row: int) -> tuple[Store, int]:
        part = bisect_right(self._starts, row) - 1
        return self.stores[part], row - self._starts[part]

    def _join_codes(self, field: str) -> tuple[tuple[str, ...], np.ndarray]:
        known: dict[str, int] = {}
        columns = []
        for store in self.stores:
            names = [f"{store.corpus}/{name}" if field == "speaker" else name for name in store.names[field]]
            joined = [known.setdefault(name, len(known)) for name in names]
            # The appended -1 is what a clip without a label, code -1, picks.
            columns.append(np.array([*joined, -1], dtype=np.int32)[store.codes(field)])
        return tuple(known), np.concatenate(columns)


def _check_joinable(stores: Sequence[Store]) -> None:
    if not stores:
        raise DataError("no store to read: prepare a corpus first.")
    corpora = [store.corpus for store in stores]
    twice = sorted({corpus for corpus in corpora if corpora.count(corpus) > 1})
    if twice:
        raise DataError(f"corpus {', '.join(twice)} is joined with itself: name each corpus once.")
    tables = {store.header.get("symbols_version") for store in stores}
    if len(tables) > 1:
        raise DataError(f"the stores of {', '.join(corpora)} were made with different symbol tables: prepare again.")
