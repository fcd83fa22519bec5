"""What a corpus holds today: listed once, to a file, so that no list of clips has to fit into memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from voiceclone.data.utterance import Skipped, Utterance

# These decide what the arrays of a clip hold; the rest may change without the audio being touched again.
_MAKES_ARRAYS = ("audio", "start", "end", "text", "language", "speaker")


class Corpus(Protocol):
    """What `prepare` needs of a corpus reader."""

    found: int
    skipped: list[Skipped]

    def __iter__(self) -> Iterator[Utterance]: ...


class Listing:
    """Iterates over (utterance, signature) as often as wanted; the corpus itself is read once, on construction.

    A signature changes with the file's size and date and with whatever else decides the arrays of its clip.
    ``digest`` changes with anything at all, ``skipped`` is what cannot be used, ``len`` counts the rest.
    """

    def __init__(self, corpus: Corpus, file: Path) -> None:
        self._file = file
        self._count, hashed = 0, hashlib.sha256()
        self.skipped: list[Skipped] = []
        with open(file, "w", encoding="utf-8") as out:
            for line in _lines(corpus, self.skipped):
                out.write(line)
                hashed.update(line.encode())
                self._count += 1
        self.skipped += corpus.skipped
        self.found, self.digest = corpus.found, hashed.hexdigest()[:16]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[Utterance, str]]:
        with open(self._file, encoding="utf-8") as lines:
            for line in lines:
                fields = json.loads(line)
                signature = fields.pop("signature")
                yield Utterance(**{**fields, "audio": Path(fields["audio"])}), signature

    def remove(self) -> None:
        """Delete the file."""
        self._file.unlink(missing_ok=True)


def plain_fields(utterance: Utterance) -> dict[str, Any]:
    """The fields as JSON values."""
    return {**asdict(utterance), "audio": str(utterance.audio)}


def _lines(corpus: Iterable[Utterance], skipped: list[Skipped]) -> Iterator[str]:
    for utterance in corpus:
        try:
            stat = os.stat(utterance.audio)
        except OSError as error:
            skipped.append(Skipped(utterance.id, f"{utterance.audio}: cannot be read ({error.strerror})."))
            continue
        fields = plain_fields(utterance)
        source = [stat.st_size, stat.st_mtime_ns, *(fields[name] for name in _MAKES_ARRAYS)]
        signature = hashlib.sha256(json.dumps(source).encode()).hexdigest()[:16]
        yield json.dumps({**fields, "signature": signature}, ensure_ascii=False) + "\n"
