"""Generated clips and their recordings, brought together by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from voiceclone.errors import DataError
from voiceclone.evaluation.clips import RECORDINGS, Clip, Labels, Recording, System, keeps_time
from voiceclone.evaluation.labels import read_labels
from voiceclone.evaluation.references import Reference, as_system, find_audio, others

NAMED = 8


@dataclass(frozen=True)
class Matched:
    """Systems ready to be judged, the recordings last, and what about them a reader should know."""

    systems: tuple[System, ...]
    remarks: tuple[str, ...]


def match(
    generated: Mapping[str, Path],
    references: Mapping[str, Reference],
    same_timing: Mapping[str, bool] | None = None,
    all_spoken: bool = True,
) -> Matched:
    """Pair every clip of each system's folder with the recording of the same name; suffixes may differ.

    What has no counterpart is left out and remarked upon; recordings only with ``all_spoken``, for of a whole corpus
    a system may say a part. ``same_timing`` is told by system; where it is not, the clips' lengths decide. Labels
    beside the generated clips go before those of the recordings. Raises `DataError` where a folder is missing, holds no
    audio, or not one of its clips has a counterpart.
    """
    systems, remarks, timing = [], [], same_timing or {}
    for name, folder in generated.items():
        if name == RECORDINGS:
            raise DataError(f"a system cannot be named '{RECORDINGS}': so the references are called.")
        clips = find_audio(folder)
        paired = _pairs(folder, clips, references)
        remarks += _mismatch(name, clips, references if all_spoken else references.keys() & clips.keys())
        systems.append(System(name, paired, timing[name] if name in timing else keeps_time(paired)))
    used = {clip.id for system in systems for clip in system.clips}
    return Matched((*systems, as_system(references, used)), tuple(remarks))


def _pairs(folder: Path, clips: Mapping[str, Path], references: Mapping[str, Reference]) -> tuple[Clip, ...]:
    in_both = [key for key in clips if key in references]
    if not in_both:
        raise DataError(
            f"{folder}: not one of its clips has a recording of the same name (clips: {_some(sorted(clips), 3)}; "
            f"recordings: {_some(sorted(references), 3)})."
        )
    told = read_labels(folder)
    return tuple(_pair(key, clips[key], references, told.get(clips[key].stem, Labels())) for key in in_both)


def _pair(key: str, path: Path, references: Mapping[str, Reference], told: Labels) -> Clip:
    reference = references[key]
    known = asdict(reference.labels) | {name: value for name, value in asdict(told).items() if value is not None}
    # Likeness to the same sentence would flatter: the recordings are likened to another one as well.
    _, voice = next(others(references, key), (key, reference))
    return Clip(key, Recording(path), Labels(**known), reference.recording, voice.recording)


def _mismatch(name: str, clips: Iterable[str], references: Iterable[str]) -> list[str]:
    ours, theirs = set(clips), set(references)
    remarks = []
    if extra := sorted(ours - theirs):
        remarks.append(f"{name}: {len(extra)} clips without a recording of the same name were left out: {_some(extra)}")
    if missing := sorted(theirs - ours):
        remarks.append(f"{name}: {len(missing)} recordings have no generated clip: {_some(missing)}")
    return remarks


def _some(names: list[str], count: int = NAMED) -> str:
    return ", ".join(names[:count]) + (f" and {len(names) - count} more" if len(names) > count else "")
