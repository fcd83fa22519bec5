"""A manifest: one CSV or JSON-lines file that names recordings and says of each what is known."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from voiceclone.data.corpora.files import read_text
from voiceclone.data.corpora.manifest_row import check_columns, utterance
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Split, Utterance
from voiceclone.errors import DataError


class Manifest(CorpusReader):
    """Rows with ``audio`` (or ``path``) and any of id, text, speaker, language, emotion, intensity, start, end, split.

    ``manifest`` lies in ``root``: a .csv or .tsv file with a header (separated by comma, semicolon, tab or bar) or a
    .jsonl file. Paths in it are relative to its folder. ``speaker`` and ``language`` stand in where rows have none;
    other columns go to ``extra``. A split that a row names stands, unless its speaker is held out.

    A row that cannot be used is reported by its line. A missing file, or a header without ``audio`` or with a column
    that looks misspelt, raises `DataError`.
    """

    layout = "a .csv, .tsv or .jsonl manifest and the recordings it names"
    must_know_names = True

    def __init__(
        self,
        root: str | Path,
        manifest: str = "manifest.csv",
        speaker: str | None = None,
        language: str = "en",
        **common: Any,
    ) -> None:
        super().__init__(root, **common)
        self.path = self.root / manifest
        self.stand_in = {"speaker": speaker or self.path.stem, "language": language}
        self.languages = (language,)
        self._row_names_split = False

    def read(self) -> Iterator[Utterance | Skipped]:
        try:
            text = read_text(self.path, self.stand_in["language"])
        except (OSError, UnicodeError) as error:
            raise DataError(f"{self.path}: {error}. Set manifest to a .csv, .tsv or .jsonl file below root.") from None
        rows = _json_rows(text) if self.path.suffix.lower() in (".jsonl", ".json") else _csv_rows(text, self.path)
        for line, row in rows:
            try:
                yield self._clip(row)
            except DataError as error:
                yield Skipped(f"{self.path.name}:{line}", str(error))

    def _clip(self, row: dict[str, Any] | str) -> Utterance:
        if isinstance(row, str):
            raise DataError(row)
        given = {name: value for name, value in row.items() if value not in (None, "")}
        self._row_names_split = "split" in given
        return utterance({**self.stand_in, **given}, self.path.parent)

    def split_of(self, clip: Utterance) -> Split:
        """The row's own split if it names one, else as the held-out rules say."""
        if self._row_names_split and not self.splits.test.speakers(clip.speaker):
            return clip.split
        return super().split_of(clip)


Row = tuple[int, dict[str, Any] | str]
"""Line number and cells, or what is wrong with the line."""


def _csv_rows(text: str, path: Path) -> Iterator[Row]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=header.count)
    # In tab- and bar-separated lists a quotation mark is part of a sentence.
    quoting: Literal[0, 3] = csv.QUOTE_NONE if delimiter in "\t|" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, skipinitialspace=True)
    columns = [name.strip() for name in next(reader, [])]
    try:
        check_columns(columns)
    except DataError as error:
        raise DataError(f"{path}, line 1: {error}") from None
    for cells in reader:
        if len(cells) > len(columns):
            yield reader.line_num, f"{len(cells)} cells for {len(columns)} columns"
        elif cells:
            yield reader.line_num, dict(zip(columns, cells, strict=False))


def _json_rows(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _json_row(line)


def _json_row(line: str) -> dict[str, Any] | str:
    try:
        row = json.loads(line)
        check_columns(row.keys())
    except json.JSONDecodeError as error:
        return f"not JSON: {error}"
    except AttributeError:
        return f"expected an object {{...}}, got {line.strip()[:40]}"
    except DataError as error:
        return str(error)
    return row
