"""The index of a store: which clips there are now, and where in the flat arrays each of them lies.

It is plain numpy and JSON, so that it reads on a machine that has nothing else. An index is written whole beside
the last one and then named in ``store.json``, so a reader never meets half of one.
"""

from __future__ import annotations

import json
import os
import shutil
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.errors import DataError

CODED = ("speaker", "emotion", "language", "split", "source_rate")
FORMAT = 1


def write_index(folder: Path, rows: Iterable[Mapping[str, Any]], array_names: Iterable[str]) -> int:
    """Write ``rows`` to the new ``folder``; returns how many there were.

    A row has ``clip`` (plain values, among them those of `CODED`), ``revision`` (which version of the clip this is)
    and ``at`` ({array: [first row, rows]}). Memory: about 150 bytes a clip.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    places = {name: array("q") for name in array_names}
    codes: dict[str, array[int]] = {name: array("i") for name in CODED}
    names: dict[str, dict[str, int]] = {name: {} for name in CODED}
    lines, revisions = array("q", [0]), array("q")
    with open(folder / "clips.jsonl", "wb") as out:
        for row in rows:
            lines.append(lines[-1] + out.write(json.dumps(row["clip"], ensure_ascii=False).encode() + b"\n"))
            revisions.append(row["revision"])
            for name, column in codes.items():
                value, known = row["clip"][name], names[name]
                column.append(-1 if value is None else known.setdefault(str(value), len(known)))
            for name, place in places.items():
                place.extend(row["at"].get(name, (0, -1)))
    for name, column in {"lines": lines, "revision": revisions, **codes}.items():
        np.save(folder / f"{name}.npy", np.asarray(column))
    for name, place in places.items():
        np.save(folder / f"at-{name}.npy", np.asarray(place).reshape(-1, 2))
    (folder / "names.json").write_text(json.dumps({k: list(v) for k, v in names.items()}, ensure_ascii=False), "utf-8")
    return len(revisions)


def read_header(path: Path) -> dict[str, Any]:
    """``store.json`` of the store at ``path``; raises `DataError` where there is none or it is not readable."""
    try:
        header = json.loads((path / "store.json").read_text("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no prepared store here. Run prepare.py with this corpus and settings.") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path / 'store.json'}: not readable ({error}). Run prepare.py again.") from None
    if header.get("format") != FORMAT:
        raise DataError(f"{path}: store format {header.get('format')}, this program reads {FORMAT}: prepare again.")
    return header


def write_header(path: Path, header: Mapping[str, Any]) -> None:
    """Replace ``store.json`` in one step."""
    fresh = path / "store.json.new"
    with open(fresh, "w", encoding="utf-8") as out:
        json.dump({**header, "format": FORMAT}, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, path / "store.json")


def drop_old_indices(path: Path, generation: int) -> None:
    """Remove all but the current index and the one before it, which a running training may be reading."""
    for folder in path.glob("index-*"):
        if int(folder.name.partition("-")[2]) < generation - 1:
            shutil.rmtree(folder, ignore_errors=True)
