"""The store's metadata as a Hugging Face `datasets` table (Arrow), to filter, count and look at."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from voiceclone.data.store import Item, Store

if TYPE_CHECKING:
    from datasets import Dataset, Features


def metadata_table(store: Store) -> Dataset:
    """One row a clip: the utterance's fields, its symbol ids, and where each array lies in its flat file.

    Written beside the index on first use, memory-mapped after that. ``extra`` is JSON text, because what a corpus
    knows differs from clip to clip. Offsets are [first row, rows] of ``store.array_file(name)``.
    """
    from datasets import Dataset

    path = store.path / f"index-{store.generation}" / "table.arrow"
    if not path.is_file():
        _write(store, str(path))
    return Dataset.from_file(str(path))


def _write(store: Store, path: str) -> None:
    from datasets.arrow_writer import ArrowWriter

    fresh = f"{path}.{os.getpid()}"
    with ArrowWriter(path=fresh, features=_features(store), writer_batch_size=1000) as writer:
        for row, item in enumerate(store):
            writer.write(_plain(store, row, item))
        writer.finalize()
    os.replace(fresh, path)


def _features(store: Store) -> Features:
    from datasets import Features, List, Value

    text = ("id", "audio", "text", "speaker", "language", "emotion", "split", "extra")
    columns: dict[str, Any] = {name: Value("string") for name in text}
    columns |= {name: Value("float64") for name in ("start", "end", "intensity", "seconds")}
    columns |= {name: Value("int64") for name in ("source_rate", "revision")}
    columns |= {"symbols": List(Value("int16"))}
    return Features(columns | {f"at {name}": List(Value("int64"), length=2) for name in store.specs})


def _plain(store: Store, row: int, item: Item) -> dict[str, Any]:
    fields = store.fields(row) | {"extra": json.dumps(item.extra, ensure_ascii=False), "revision": item.revision}
    symbols = item.arrays["symbols"].tolist() if "symbols" in item.arrays else []
    return fields | {"symbols": symbols} | {f"at {name}": list(store.place(name, row)) for name in store.specs}
