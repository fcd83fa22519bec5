"""Symbols of texts that were read before: in memory, and if wished in a file that outlives the process."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from voiceclone.errors import TextError

_GENERATION = 20_000  # sentences; about 10 MB
_PER_QUERY = 500  # SQLite's own limit on values in a query is 999 in old versions

Key = tuple[str, str]
"""A language and a text."""


class Cache:
    """Texts to symbols. Memory stays bounded; the file, an SQLite database, keeps everything.

    ``source`` names whatever else the symbols depend on (versions, lexicon): entries of another source are not seen.
    The file is opened for the moment of each use, so that threads and processes, forked ones too, may share it.
    Raises `TextError` naming a file that cannot be used.
    """

    def __init__(self, path: str | Path | None = None, source: str = "") -> None:
        self._path = Path(path) if path else None
        self._source = source
        # Two generations instead of locks: when the young one is full it becomes the old one, which is forgotten.
        self._young: dict[Key, str] = {}
        self._old: dict[Key, str] = {}

    def __reduce__(self) -> tuple[type[Cache], tuple[Path | None, str]]:
        # A worker process gets the file, not a copy of the memory.
        return Cache, (self._path, self._source)

    def get(self, keys: Iterable[Key]) -> dict[Key, str]:
        """The known ones among ``keys``, with their symbols."""
        wanted = list(dict.fromkeys(keys))
        young, old = self._young, self._old
        found = {key: symbols for key in wanted if (symbols := young.get(key) or old.get(key))}
        unknown = [key for key in wanted if key not in found]
        if unknown and self._path:
            stored = self._read(self._path, unknown)
            self._remember(stored)
            found |= stored
        return found

    def put(self, entries: Mapping[Key, str]) -> None:
        """Keep ``entries``."""
        self._remember(entries)
        if entries and self._path:
            rows = [(self._name(key), symbols) for key, symbols in entries.items()]
            with self._database(self._path) as database:
                database.executemany("INSERT OR REPLACE INTO symbols VALUES (?, ?)", rows)

    def _remember(self, entries: Mapping[Key, str]) -> None:
        self._young.update(entries)
        if len(self._young) > _GENERATION:
            self._old, self._young = self._young, {}

    def _name(self, key: Key) -> str:
        return json.dumps([self._source, *key], ensure_ascii=False)

    def _read(self, path: Path, keys: list[Key]) -> dict[Key, str]:
        names = {self._name(key): key for key in keys}
        found: dict[Key, str] = {}
        with self._database(path) as database:
            for start in range(0, len(names), _PER_QUERY):
                part = list(names)[start : start + _PER_QUERY]
                query = f"SELECT name, value FROM symbols WHERE name IN ({','.join('?' * len(part))})"
                found |= {names[name]: value for name, value in database.execute(query, part)}
        return found

    @contextmanager
    def _database(self, path: Path) -> Iterator[sqlite3.Connection]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=60)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS symbols (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
                yield database
        except (OSError, sqlite3.Error) as error:
            raise TextError(f"text cache {path}: {error}; name a file that can be written, or none.") from None
