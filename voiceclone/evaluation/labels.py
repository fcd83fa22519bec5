"""What stands beside the wavs of a folder: texts, speakers, emotions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from voiceclone.errors import DataError
from voiceclone.evaluation.clips import Labels
from voiceclone.models.emotion.labels import canonical


def read_labels(folder: Path, language: str | None = None) -> dict[str, Labels]:
    """Labels by file stem, from whichever of these the folder or the one above it has.

    ``manifest.jsonl`` as ``generate.py`` leaves it (``file, text, speaker, emotion, language``), ``metadata.csv`` as LJ
    Speech has it (``id|text|normalised text``), and ``<clip>.txt`` beside ``<clip>.wav``. ``language`` is assumed
    where nothing says it. Raises `DataError` naming the file and line that cannot be read.
    """
    found = {path.stem: Labels(text=path.read_text("utf-8").strip()) for path in sorted(folder.glob("*.txt"))}
    for place in (folder.parent, folder):
        if (path := place / "metadata.csv").is_file():
            found |= _ljspeech(path)
        if (path := place / "manifest.jsonl").is_file():
            found |= _manifest(path)
    return {stem: replace(labels, language=labels.language or language) for stem, labels in found.items()}


def _ljspeech(path: Path) -> dict[str, Labels]:
    rows = [line.split("|") for line in path.read_text("utf-8").splitlines() if line.strip()]
    for number, row in enumerate(rows, 1):
        if len(row) < 2:
            raise DataError(f"{path}:{number}: expected 'id|text|normalised text', found {'|'.join(row)[:60]!r}.")
    return {row[0]: Labels(text=row[-1].strip()) for row in rows}


def _manifest(path: Path) -> dict[str, Labels]:
    found = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            stem = Path(entry["file"]).stem
        except (json.JSONDecodeError, TypeError, KeyError):
            raise DataError(f"{path}:{number}: expected an object with 'file', as generate.py writes it.") from None
        emotion = canonical(entry["emotion"]) if entry.get("emotion") else None
        found[stem] = Labels(entry.get("text"), entry.get("language"), entry.get("speaker"), emotion)
    return found
