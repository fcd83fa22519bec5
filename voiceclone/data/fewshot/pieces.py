"""Recordings of any length as pieces of a few seconds, with the words of each where they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceclone.audio.io import probe
from voiceclone.audio.slicing import slice_file
from voiceclone.data.corpora.files import ANY_AUDIO, by_name, recordings
from voiceclone.errors import AudioError, DataError

# A recording with a transcript stays whole up to this many seconds: attention learns no longer ones from so little.
LONGEST_WITH_TEXT = 15.0
# A recording without is cut into pieces of about the first, at least the second and at most the third.
TARGET, SHORTEST, LONGEST = 5.0, 1.5, 10.0


@dataclass(frozen=True)
class Piece:
    """``start`` to ``end`` (seconds) of ``audio``; ``text`` is what is said in it, None where nobody knows.

    ``id`` is unique among the pieces and is what a list of transcripts calls it. ``emotion`` is a label or None.
    """

    id: str
    audio: Path
    start: float
    end: float
    text: str | None = None
    emotion: str | None = None

    @property
    def seconds(self) -> float:
        return self.end - self.start


def find_recordings(*places: Path) -> dict[str, Path]:
    """The recordings at ``places``, files or folders, by their names without ending.

    Raises `DataError` where there are none, or two of one name.
    """
    found: dict[str, Path] = {}
    for place in places:
        own = _recordings_at(place)
        for name in found.keys() & own.keys():
            raise DataError(f"speaker_audio: {found[name]} and {own[name]} have the same name: give one another.")
        found |= own
    return found


def _recordings_at(place: Path) -> dict[str, Path]:
    if not place.exists():
        raise DataError(f"speaker_audio={place}: no such file or folder. Expected recordings of one person.")
    paths = [place] if place.is_file() else recordings(place, ANY_AUDIO)
    found = by_name(place.parent if place.is_file() else place, paths)
    if not found:
        raise DataError(f"speaker_audio={place}: holds no recordings. Expected {', '.join(ANY_AUDIO)} files.")
    return found


def cut_recordings(found: Mapping[str, Path], texts: Mapping[str, str]) -> tuple[list[Piece], list[str]]:
    """All recordings as pieces, and in words what could not be used.

    A recording whose text is known stays whole unless it is longer than `LONGEST_WITH_TEXT`; the pieces of a longer
    one, ``<name>#0`` and on, have no text yet.
    """
    pieces, problems = list[Piece](), list[str]()
    for name, path in found.items():
        try:
            pieces += _pieces(name, path, texts.get(name))
        except AudioError as error:
            problems.append(str(error))
    return pieces, problems


def _pieces(name: str, path: Path, text: str | None) -> list[Piece]:
    duration = probe(path).duration
    if duration <= (LONGEST if text is None else LONGEST_WITH_TEXT):
        return [Piece(name, path, 0.0, duration, text)]
    spans = slice_file(path, TARGET, SHORTEST, LONGEST)
    if not spans:
        raise AudioError(f"{path}: nobody speaks in it.")
    return [Piece(f"{name}#{n}", path, round(a, 3), round(b, 3)) for n, (a, b) in enumerate(spans)]


def with_texts(pieces: Iterable[Piece], texts: Mapping[str, str]) -> list[Piece]:
    """The pieces with the text that ``texts`` has under their names, a blank one being none; others keep theirs."""
    return [replace(piece, text=texts.get(piece.id, piece.text) or None) for piece in pieces]


def held_out(pieces: Sequence[Piece], share: float, tested_elsewhere: bool = False) -> dict[str, str]:
    """Piece id -> train, validation or test: ``share`` of the pieces each for the two latter, spread evenly.

    None is for the test where other recordings are, or with fewer than six pieces: then validation stands for it. Of
    two pieces or fewer nothing is held out.
    """
    splits = {piece.id: "train" for piece in pieces}
    if len(pieces) <= 2:
        return splits
    wanted = ["validation"] if tested_elsewhere or len(pieces) < 6 else ["validation", "test"]
    n_held = max(1, round(share * len(pieces))) * len(wanted)
    for number in range(n_held):
        splits[pieces[int((number + 0.5) * len(pieces) / n_held)].id] = wanted[number % len(wanted)]
    return splits
