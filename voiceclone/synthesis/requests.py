"""What to speak, read from a text, CSV, JSON or JSONL file."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from voiceclone.errors import SynthesisError, did_you_mean

# The order matters: bytes that are valid UTF-8 are hardly ever meant as anything else, while GB18030 takes almost all.
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Request:
    """One thing to speak; what is None is left to the voice or to the command line."""

    text: str
    emotion: str | None = None
    intensity: float | None = None
    speaker: str | None = None
    language: str | None = None
    file_name: str | None = None


_ALIASES = {"file": "file_name", "filename": "file_name", "name": "file_name", "sentence": "text"}


def read_requests(source: str | Path) -> list[Request]:
    """Requests from a file, or from standard input for ``-``.

    A ``.txt`` file holds one request a line, or one a paragraph where blank lines part them; ``.csv``, ``.jsonl``
    and ``.json`` (a list) name their columns after `Request`'s fields. Raises `SynthesisError` naming the file and
    line for what cannot be read, and for a file without text.
    """
    name = "standard input" if str(source) == "-" else str(source)
    text = _decode(_read(source, name), name)
    suffix = Path(source).suffix.lower()
    readers: dict[str, Callable[[str, str], list[Request]]] = {".csv": _csv, ".jsonl": _jsonl, ".json": _json}
    requests = readers.get(suffix, _plain)(text, name)
    if not requests:
        raise SynthesisError(f"{name}: nothing to speak. Expected a line of text each.")
    return requests


def _read(source: str | Path, name: str) -> bytes:
    if str(source) == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).expanduser().read_bytes()
    except OSError as error:
        raise SynthesisError(f"{name}: cannot be read ({error.strerror}).") from error


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SynthesisError(f"{name}: neither UTF-8, UTF-16 nor GB18030 text. Save it as UTF-8.")


def _plain(text: str, name: str) -> list[Request]:
    lines = text.splitlines()
    if any(not line.strip() for line in lines[1:-1]):
        paragraphs = "\n".join(line.strip() for line in lines).split("\n\n")
        return [Request(" ".join(paragraph.split())) for paragraph in paragraphs if paragraph.strip()]
    return [Request(line.strip()) for line in lines if line.strip()]


def _csv(text: str, name: str) -> list[Request]:
    rows = csv.DictReader(io.StringIO(text))
    return _from_rows(((number, row) for number, row in enumerate(rows, 2)), name)


def _jsonl(text: str, name: str) -> list[Request]:
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return _from_rows(((number, _parse(line, f"{name}:{number}")) for number, line in numbered), name)


def _json(text: str, name: str) -> list[Request]:
    rows = _parse(text, name)
    if not isinstance(rows, list):
        raise SynthesisError(f"{name}: expected a list of objects with 'text'.")
    return _from_rows(enumerate(rows, 1), name)


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SynthesisError(f"{where}: not JSON ({error}).") from error


def _from_rows(rows: Iterable[tuple[int, Any]], name: str) -> list[Request]:
    return [_from_row(row, f"{name}:{number}") for number, row in rows]


def _from_row(row: Any, where: str) -> Request:
    if isinstance(row, str):
        row = {"text": row}
    if not isinstance(row, dict):
        raise SynthesisError(f"{where}: expected an object with 'text', found {row!r}.")
    known = {field.name for field in fields(Request)}
    if None in row:  # csv's own sign for cells beyond the last column
        raise SynthesisError(f"{where}: more cells than columns. Put a text that holds commas into double quotes.")
    values: dict[str, Any] = {}
    for column, value in row.items():
        key = _ALIASES.get(str(column).strip().lower(), str(column).strip().lower())
        if key not in known:
            raise SynthesisError(f"{where}: unknown column '{column}'. {did_you_mean(key, known)}")
        if value not in (None, ""):
            values[key] = _number(value, where) if key == "intensity" else str(value)
    if not values.get("text", "").strip():
        raise SynthesisError(f"{where}: no text. Expected a column or key 'text'.")
    return Request(**values)


def _number(value: Any, where: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise SynthesisError(f"{where}: intensity {value!r} is no number; expected 0 to 1.") from None
