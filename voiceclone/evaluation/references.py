"""The recordings that systems are held against: a folder, or the clips of a corpus."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from voiceclone.data.corpora.files import by_name
from voiceclone.data.utterance import Utterance
from voiceclone.errors import DataError
from voiceclone.evaluation.clips import RECORDINGS, Clip, Labels, Recording, System
from voiceclone.evaluation.labels import read_labels

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")


@dataclass(frozen=True)
class Reference:
    """A recording and what is known of it."""

    recording: Recording
    labels: Labels


def of_folder(folder: Path, language: str | None = None) -> dict[str, Reference]:
    """Every recording of a folder by its path without suffix; where there are sub-folders, they name the speakers."""
    known = read_labels(folder, language)
    found = {}
    for key, path in find_audio(folder).items():
        labels = known.get(path.stem, Labels(language=language))
        if labels.speaker is None and "/" in key:
            labels = replace(labels, speaker=key.split("/")[0])
        found[key] = Reference(Recording(path), labels)
    return found


def of_corpus(utterances: Iterable[Utterance]) -> dict[str, Reference]:
    """Every utterance by its id."""
    return {
        clip.id: Reference(
            Recording(clip.audio, clip.start, clip.end),
            Labels(clip.text, clip.language, clip.speaker, clip.emotion),
        )
        for clip in utterances
    }


def find_audio(folder: Path) -> dict[str, Path]:
    """Audio files by their path in ``folder`` without its suffix; raises `DataError` for none, or two of one name."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder. Expected a folder of wav files.")
    paths = (path for path in sorted(folder.rglob("*")) if not path.name.startswith("."))
    found = by_name(folder, (path for path in paths if path.suffix.lower() in SUFFIXES))
    if not found:
        raise DataError(f"{folder}: holds no audio. Expected {', '.join(SUFFIXES)} files.")
    return found


def others(references: Mapping[str, Reference], key: str) -> Iterator[tuple[str, Reference]]:
    """The other references of the same speaker, beginning after ``key``; none where the speaker is not known."""
    speaker, keys = references[key].labels.speaker, list(references)
    at = keys.index(key)
    for other in keys[at + 1 :] + keys[:at]:
        if speaker is not None and references[other].labels.speaker == speaker:
            yield other, references[other]


def as_system(references: Mapping[str, Reference], used: Collection[str]) -> System:
    """The recordings ``used``, judged like a system: what the judges say of them is the best they can say."""
    clips = []
    for key in (key for key in references if key in used):
        reference = references[key]
        other = next(others(references, key), None)
        clips.append(Clip(key, reference.recording, reference.labels, voice=other[1].recording if other else None))
    return System(RECORDINGS, tuple(clips))
