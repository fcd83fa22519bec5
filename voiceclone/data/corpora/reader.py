"""What all corpus readers share: a layout only lists its clips; splits, doubles and reports are seen to here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from voiceclone.data.corpora.splits import HeldOut, Rule, SplitRules, chooser
from voiceclone.data.utterance import Skipped, Utterance
from voiceclone.errors import DataError


class CorpusReader(ABC):
    """Iterating yields the `Utterance`s of a corpus, in a fixed order, each in exactly one split.

    A subclass says in `read` what its layout holds. After a pass, `found` counts what the corpus has, ``found == kept +
    len(skipped)``; `skipped` says what could not be used and why; `untranscribed` holds the ids that were kept with
    ``text=None``: they serve the speaker encoder and the vocoder. ``require_text=True`` skips those instead.

    Raises `DataError` when iterated if the folder is missing or holds nothing of the kind.
    """

    layout: ClassVar[str]
    """What the folder should look like, for the error that says it does not."""
    folder_names: ClassVar[tuple[str, ...]] = ()
    """What the published archives unpack to: tried beside ``root`` where ``root`` itself is missing."""
    languages: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()

    def __init__(
        self,
        root: str | Path,
        *,
        held_out_speakers: Rule = (),
        held_out_utterances: Rule = (),
        validation_speakers: Rule = (),
        validation_utterances: Rule = (),
        require_text: bool = False,
    ) -> None:
        self.root = _existing(Path(root).expanduser(), self.folder_names)
        self.require_text = require_text
        self.splits = SplitRules(
            test=HeldOut(
                chooser(held_out_speakers, "held_out_speakers"), chooser(held_out_utterances, "held_out_utterances")
            ),
            validation=HeldOut(
                chooser(validation_speakers, "validation_speakers"),
                chooser(validation_utterances, "validation_utterances"),
            ),
        )
        self._start_over()

    @abstractmethod
    def read(self) -> Iterator[Utterance | Skipped]:
        """Everything the corpus has; ``split`` on an `Utterance` is the corpus's own, before any held-out list."""

    def __iter__(self) -> Iterator[Utterance]:
        self._start_over()
        if not self.root.exists():
            raise DataError(f"{self.root}: no such folder. {self._hint()}")
        seen: set[str] = set()
        for clip in self.read():
            self.found += 1
            if isinstance(clip, Utterance):
                clip = self._checked(clip, seen)
            if isinstance(clip, Skipped):
                self.skipped.append(clip)
            else:
                yield clip
        if not self.found:
            raise DataError(f"{self.root}: holds no clips. {self._hint()}")

    def _start_over(self) -> None:
        self.found = 0
        self.skipped: list[Skipped] = []
        self.untranscribed: list[str] = []

    def _checked(self, clip: Utterance, seen: set[str]) -> Utterance | Skipped:
        if clip.id in seen:
            return Skipped(clip.id, f"a second clip with this id, {clip.audio}: the first one is used")
        seen.add(clip.id)
        text = (clip.text or "").strip() or None
        if text is None and self.require_text:
            return Skipped(clip.id, "no transcript")
        if text is None:
            self.untranscribed.append(clip.id)
        split = self.splits.split(clip.id, clip.speaker, clip.split)
        intensity = 0.0 if clip.emotion == "neutral" else clip.intensity
        return replace(clip, text=text, split=split, intensity=intensity)

    def _hint(self) -> str:
        return f"Expected {self.layout}. Set paths.data=<the folder that holds {self.root.name}>."


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


def _existing(root: Path, folder_names: Iterable[str]) -> Path:
    beside = (root.parent / name for name in folder_names)
    return root if root.exists() else next((path for path in beside if path.exists()), root)
