"""One row of a manifest, checked column by column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from voiceclone.data.utterance import SPLITS, Split, Utterance
from voiceclone.errors import DataError, did_you_mean
from voiceclone.models.emotion.labels import canonical

COLUMNS = ("id", "audio", "text", "speaker", "language", "emotion", "intensity", "start", "end", "split")
_ALIASES = {"path": "audio"}
_SPLITS: dict[str, Split] = {name: name for name in SPLITS} | dict.fromkeys(("val", "valid", "dev"), "validation")


def check_columns(names: Iterable[str]) -> None:
    """Raise `DataError` if there is no audio column, or one that looks like a misspelt known one."""
    names = {_ALIASES.get(name, name) for name in names}
    for name in sorted(names - set(COLUMNS)):
        near = difflib.get_close_matches(name, set(COLUMNS) - names, n=1, cutoff=0.75)
        if near:
            raise DataError(f"unknown column {name!r}. Did you mean {near[0]!r}?")
    if "audio" not in names:
        raise DataError(f"no column 'audio' (or 'path'). Known columns: {', '.join(COLUMNS)}.")


def utterance(row: Mapping[str, Any], folder: Path) -> Utterance:
    """The utterance of a row; ``audio`` is relative to ``folder``. Raises `DataError` saying what is wrong."""
    cells = {_ALIASES.get(name, name): value for name, value in row.items() if value not in (None, "")}
    if "audio" not in cells:
        raise DataError("names no recording in 'audio' (or 'path')")
    audio = folder / str(cells["audio"])
    if not audio.is_file():
        raise DataError(f"no recording {audio}")
    start, end = _number(cells, "start", 0.0) or 0.0, _number(cells, "end")
    if start < 0 or (end is not None and end <= start):
        raise DataError(f"expected 0 <= start < end, got {start:g} and {end:g}")
    return Utterance(
        id=str(cells.get("id", _default_id(str(cells["audio"]), start, end))),
        audio=audio,
        start=start,
        end=end,
        text=str(cells["text"]) if "text" in cells else None,
        speaker=str(cells["speaker"]),
        language=str(cells["language"]),
        emotion=canonical(str(cells["emotion"])) if "emotion" in cells else None,
        intensity=_number(cells, "intensity", highest=1.0),
        split=_split(str(cells.get("split", "train"))),
        extra={name: value for name, value in cells.items() if name not in COLUMNS},
    )


def _number(
    cells: Mapping[str, Any], name: str, default: float | None = None, highest: float | None = None
) -> float | None:
    if name not in cells:
        return default
    try:
        number = float(cells[name])
    except (TypeError, ValueError):
        raise DataError(f"{name}: expected a number, got {cells[name]!r}") from None
    if highest is not None and not 0 <= number <= highest:
        raise DataError(f"{name}: expected 0 to {highest:g}, got {number:g}")
    return number


def _default_id(audio: str, start: float, end: float | None) -> str:
    name = Path(audio).with_suffix("").as_posix()
    return name if start == 0 and end is None else f"{name}@{start:g}"


def _split(name: str) -> Split:
    if name not in _SPLITS:
        raise DataError(f"unknown split {name!r}. {did_you_mean(name, SPLITS)}")
    return _SPLITS[name]
