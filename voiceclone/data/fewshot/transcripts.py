"""What is said in each recording: read from a file or from beside the clips, written to a file to be corrected."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from voiceclone.data.corpora.files import read_text
from voiceclone.errors import DataError

_NAMES, _TEXTS = ("name", "id", "file", "audio", "path"), ("text", "transcript", "sentence")
_BESIDE = (".txt", ".lab")


def read_transcripts(path: Path, language: str, blanks: bool = False) -> dict[str, str]:
    """Text by the recording's name without its ending, from .csv, .tsv or .jsonl with ``name`` and ``text``, or lines
    of ``name|text``; those without a text too, if ``blanks`` are wanted.

    Raises `DataError` naming the file and line that cannot be read.
    """
    try:
        content = read_text(path, language)
    except (OSError, UnicodeError) as error:
        raise DataError(f"transcripts={path}: {error}. Expected .csv, .jsonl or lines of name|text.") from None
    readers = {".jsonl": _json_lines, ".csv": _table, ".tsv": _table}
    rows = readers.get(path.suffix.lower(), _lines)(content, path)
    found = {_bare(name): text.strip() for name, text in rows if name and (blanks or text.strip())}
    if not found:
        raise DataError(f"transcripts={path}: holds no transcripts. Expected a line name|text for each recording.")
    return found


def beside(recordings: Mapping[str, Path], language: str) -> dict[str, str]:
    """Text by recording from ``<clip>.txt`` or ``.lab`` beside it. Raises `DataError` for one that cannot be read."""
    found = {}
    for name, audio in recordings.items():
        for file in (audio.with_suffix(suffix) for suffix in _BESIDE):
            try:
                if file.is_file() and (text := read_text(file, language)):
                    found[name] = text
            except UnicodeError as error:
                raise DataError(f"{file}: {error}. Save it as UTF-8.") from None
    return found


def write_transcripts(path: Path, rows: Iterable[tuple[str, str, str]]) -> None:
    """A .csv of name, text and note, to be corrected in any editor or spreadsheet; whole or not at all."""
    part = path.with_suffix(".part")
    # With the mark at its beginning a spreadsheet reads Chinese in it as Chinese.
    with open(part, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "text", "note"])
        writer.writerows(rows)
    os.replace(part, path)


Rows = Iterable[tuple[str, str]]


def _lines(content: str, path: Path) -> Rows:
    for number, line in enumerate(content.splitlines(), 1):
        name, bar, text = line.partition("|")
        if line.strip() and not bar:
            raise DataError(f"{path}:{number}: expected name|text, found {line.strip()[:40]!r}.")
        yield name.strip(), text.rpartition("|")[2]


def _table(content: str, path: Path) -> Rows:
    delimiter = max(",;\t", key=content.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(content, newline=""), delimiter=delimiter, skipinitialspace=True)
    columns = [column.strip().lower() for column in reader.fieldnames or []]
    reader.fieldnames = columns
    name, text = (next((column for column in known if column in columns), None) for known in (_NAMES, _TEXTS))
    if name is None or text is None:
        raise DataError(f"{path}, line 1: expected the columns name and text, found {', '.join(columns)}.")
    for row in reader:
        yield (row[name] or "").strip(), row[text] or ""


def _json_lines(content: str, path: Path) -> Rows:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name = next(row[key] for key in _NAMES if key in row)
            text = next(row[key] for key in _TEXTS if key in row)
        except (ValueError, TypeError, StopIteration):
            raise DataError(f"{path}:{number}: expected an object with name and text.") from None
        yield str(name), str(text)


def _bare(name: str) -> str:
    """The name without the ending of an audio file."""
    path = Path(name)
    return path.with_suffix("").as_posix() if path.suffix.lower() in (".wav", ".flac", ".mp3", ".ogg") else name
