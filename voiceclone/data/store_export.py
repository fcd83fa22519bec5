"""Part of a store as a store of its own, to travel to a machine with only numpy and torch, or to throw ballast out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from voiceclone.data.store import Item, Store
from voiceclone.data.store_join import Selection
from voiceclone.data.store_writer import StoreWriter
from voiceclone.errors import DataError


def export(
    clips: Store | Selection,
    folder: str | Path,
    arrays: Sequence[str] | None = None,
    dtypes: Mapping[str, str] | None = None,
) -> Store:
    """Copy ``clips`` of one store to the new store ``folder`` and open it.

    ``arrays`` limits what is copied (all by default, added layers included); ``dtypes`` stores an array in another
    type, for example ``{"mel@...": "float16"}``. Raises `DataError` if the folder is taken, or if the clips are of
    several stores: export those one by one.
    """
    store = clips.base if isinstance(clips, Selection) else clips
    folder = Path(folder)
    if not isinstance(store, Store):
        raise DataError("several joined stores cannot be exported as one: export each of them.")
    if (folder / "store.json").exists():
        raise DataError(f"{folder}: holds a store already. Choose an empty folder.")
    specs = {name: store.spec(name) for name in (store.specs if arrays is None else arrays)}
    specs |= {name: replace(specs[name], dtype=dtype) for name, dtype in (dtypes or {}).items()}
    with StoreWriter(folder, store.header, specs) as writer:
        for item in clips:
            kept = {name: item.arrays[name] for name in specs if name in item.arrays}
            writer.add(item.id, str(item.revision), {}, kept)
        return writer.publish((item.id, _fields(item)) for item in clips)


def _fields(item: Item) -> dict[str, Any]:
    return {field.name: getattr(item, field.name) for field in fields(item) if field.name not in ("arrays", "revision")}
