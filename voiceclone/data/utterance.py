"""What a corpus reader yields: one spoken clip and everything the corpus says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One clip of a corpus, not yet opened.

    ``id`` is unique inside its corpus. ``audio`` is the recording; ``start`` and ``end`` (seconds, ``None`` for the
    end of the file) cut the clip out of it. ``text`` is what is said, ``None`` where nobody wrote it down: such a clip
    still serves the speaker encoder and the vocoder. ``speaker`` is the corpus's own name. ``language`` is a code that
    `voiceclone.text` knows ("en", "en-gb", "zh", "de"). ``emotion`` is one of `voiceclone.models.emotion.labels.LABELS`
    and ``intensity`` 0..1 (0 = neutral), ``None`` where the corpus says nothing. ``extra`` holds what only some corpora
    know, as plain builtins (``gender``, ``pinyin``; ``levelled``, true where how loud it is says nothing).
    """

    id: str
    audio: Path
    speaker: str
    language: str
    start: float = 0.0
    end: float | None = None
    text: str | None = None
    emotion: str | None = None
    intensity: float | None = None
    split: Split = "train"
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Skipped:
    """Something a corpus has that cannot be used, and why, in words for the user."""

    id: str
    reason: str
