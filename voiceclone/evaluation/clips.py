"""What is judged: clips of a system, and all that is known about each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from voiceclone.audio import io
from voiceclone.errors import AudioError, DataError
from voiceclone.metrics.clip import TOLERANCE_SECONDS

RECORDINGS = "recordings"
"""The name under which the reference recordings are judged like a system of their own."""


@dataclass(frozen=True)
class Recording:
    """A stretch of an audio file, in seconds; ``end=None`` is the end of the file."""

    path: Path
    start: float = 0.0
    end: float | None = None

    def load(self, sample_rate: int) -> np.ndarray:
        """The wave ``[L]``; raises `AudioError` naming the file."""
        return io.load(self.path, sample_rate, self.start, self.end)[0]

    def probe(self) -> tuple[int, float]:
        """Sample rate in Hz and length in seconds, from the header; raises `AudioError` naming the file."""
        info = io.probe(self.path)
        end = info.duration if self.end is None else min(self.end, info.duration)
        return info.sample_rate, end - self.start

    def identity(self) -> list[Any]:
        """What changes when the file does, without reading it."""
        stat = self.path.stat()
        return [str(self.path.absolute()), stat.st_size, stat.st_mtime_ns, self.start, self.end]


@dataclass(frozen=True)
class Labels:
    """What is known of a clip; metrics that need what is None say so."""

    text: str | None = None
    language: str | None = None
    speaker: str | None = None
    emotion: str | None = None


@dataclass(frozen=True)
class Clip:
    """One clip to be judged, and what it is held against."""

    id: str
    wave: Recording
    labels: Labels = Labels()
    recording: Recording | None = None
    """A person saying the same."""
    voice: Recording | None = None
    """The person whose voice it should be, saying anything."""


@dataclass(frozen=True)
class System:
    """Clips that come from one model. ``same_timing``: they run in step with their recordings (copy synthesis)."""

    name: str
    clips: tuple[Clip, ...]
    same_timing: bool = False


def keeps_time(clips: Sequence[Clip]) -> bool:
    """Whether most clips are as long as their recordings, as copy synthesis is and free-running speech is not."""
    differences = []
    for clip in clips:
        with suppress(AudioError):  # what cannot be read is reported when it is judged
            if clip.recording is not None:
                differences.append(abs(clip.wave.probe()[1] - clip.recording.probe()[1]))
    return bool(differences) and median(differences) <= TOLERANCE_SECONDS


def lowest_rate(systems: Sequence[System]) -> int:
    """The lowest sample rate in Hz of all clips and recordings: what one lacks must not be held against another.

    Raises `DataError` where not one file can be read.
    """
    rates = set()
    for clip in (clip for system in systems for clip in system.clips):
        with suppress(AudioError):
            rates.add(clip.wave.probe()[0])
    if not rates:
        raise DataError("not one of the clips is audio that can be read.")
    return min(rates)
