"""What all corpus readers share: a layout only lists its clips; splits, doubles and reports are seen to here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from voiceclone.data.corpora.splits import Chooser, HeldOut, Rule, SplitRules
from voiceclone.data.utterance import Skipped, Split, Utterance
from voiceclone.errors import DataError


class CorpusReader(ABC):
    """Iterating yields the `Utterance`s of a corpus, in a fixed order, each in exactly one split.

    A subclass says in `read` what its layout holds. After a pass, `found` counts what the corpus has, ``found == kept +
    len(skipped)``; `skipped` says what could not be used and why; `untranscribed` holds the ids that were kept with
    ``text=None``: they serve the speaker encoder and the vocoder. ``require_text=True`` skips those instead.
    ``levelled`` says that whoever published the clips made each of them as loud as the next.

    Raises `DataError` when iterated if the folder is missing or holds nothing of the kind.
    """

    layout: ClassVar[str]
    """What the folder should look like, for the error that says it does not."""
    folder_names: ClassVar[tuple[str, ...]] = ()
    """What the published archives unpack to: tried beside ``root`` where ``root`` itself is missing."""
    must_know_names: ClassVar[bool] = False
    """Whether a held-out name that no clip bears is an error. Not in published corpora: a copy may be a part of one."""
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
        levelled: bool = False,
    ) -> None:
        self.root = _existing(Path(root).expanduser(), self.folder_names)
        self.require_text, self.levelled = require_text, levelled
        self.splits = SplitRules(
            test=HeldOut(
                Chooser(held_out_speakers, "held_out_speakers"), Chooser(held_out_utterances, "held_out_utterances")
            ),
            validation=HeldOut(
                Chooser(validation_speakers, "validation_speakers"),
                Chooser(validation_utterances, "validation_utterances"),
            ),
        )
        self._start_over()

    @abstractmethod
    def read(self) -> Iterator[Utterance | Skipped]:
        """Everything the corpus has; ``split`` on an `Utterance` is the corpus's own, before any held-out list."""

    def __iter__(self) -> Iterator[Utterance]:
        self._start_over()
        self.require_folder()
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
        if self.must_know_names:
            self._require_names()

    def require_folder(self) -> None:
        """Raise `DataError` if the corpus is not there."""
        if not self.root.exists():
            raise DataError(f"{self.root}: no such folder. {self._hint()}")

    def split_of(self, clip: Utterance) -> Split:
        """The split of a clip by the held-out lists, or else by the corpus itself."""
        return self.splits.split(clip.id, clip.speaker, clip.split)

    def _require_names(self) -> None:
        for chooser in self.splits.choosers():
            for name in sorted(chooser.unseen):
                raise DataError(f"{self.root}: no clip bears the name {name!r} that {chooser.setting} lists.")

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
        intensity = 0.0 if clip.emotion == "neutral" else clip.intensity
        extra = {**clip.extra, "levelled": True} if self.levelled else clip.extra
        return replace(clip, text=text, split=self.split_of(clip), intensity=intensity, extra=extra)

    def _hint(self) -> str:
        return f"Expected {self.layout}. Set paths.data=<the folder that holds {self.root.name}>."


def _existing(root: Path, folder_names: Iterable[str]) -> Path:
    beside = (root.parent / name for name in folder_names)
    return root if root.exists() else next((path for path in beside if path.exists()), root)
