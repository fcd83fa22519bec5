"""Recordings matched with the lists and transcripts that name them, and reports of those that have no match."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import read_text
from voiceclone.data.utterance import Skipped, Utterance


def by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    """Recordings by their file name without ending; of two with the same one the first counts."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(path.stem, path)
    return found


def with_text_file(text_file: Path | None, language: str, **fields: Any) -> Utterance | Skipped:
    """An utterance whose words stand in a file of their own, or why that file cannot be read."""
    try:
        text = read_text(text_file, language) if text_file else None
    except (OSError, UnicodeError) as error:
        return Skipped(fields["id"], f"transcript {text_file}: {error}")
    return Utterance(text=text, language=language, **fields)


def unheard(names: Iterable[str], listed_in: str) -> Iterator[Skipped]:
    """A report for each id that a list names and no recording answers to."""
    return (Skipped(name, f"no recording, though {listed_in} names it") for name in names)


def unlisted(
    paths: Iterable[Path], used: Mapping[str, Path], named: Container[str], listed_in: str
) -> Iterator[Skipped]:
    """A report for each recording that the corpus's list does not name, or that another file of its name stands for."""
    for path in paths:
        if path.stem not in named:
            yield Skipped(path.stem, f"not named in {listed_in}")
        elif used[path.stem] is not path:
            yield Skipped(path.stem, f"a second recording with this name, {path}: {used[path.stem].name} is used")
