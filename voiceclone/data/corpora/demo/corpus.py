"""The demo corpus as a reader; `plan` says what is spoken, `cache` keeps it, `espeak` speaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.demo.cache import kept_in, place
from voiceclone.data.corpora.demo.plan import EMOTIONS, SPEAKERS, plan
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Utterance


class Demo(CorpusReader):
    """Eight speakers, English and Mandarin, five emotions at three intensities; about 15 minutes, 22.05 kHz.

    The speech is made when it is first asked for and kept in ``root``, or in the user's cache folder where ``root``
    cannot be written. It is the same every time, byte for byte, for one version of espeak-ng. ``clips_per_speaker``
    takes only the first few. Raises `DataError` if neither folder can be written or the library cannot speak.
    """

    layout = "the demo corpus, which makes itself"
    languages = ("en", "zh")
    emotions = tuple(EMOTIONS)

    def __init__(self, root: str | Path, clips_per_speaker: int | None = None, **common: Any) -> None:
        super().__init__(root, **common)
        self.clips = plan(clips_per_speaker)

    def require_folder(self) -> None:
        """Make the speech, unless it has been made already."""
        self.root = kept_in(self.root, self.clips)

    def read(self) -> Iterator[Utterance]:
        for clip in self.clips:
            yield Utterance(
                id=clip.id,
                audio=place(self.root, clip),
                text=clip.text,
                speaker=clip.speaker,
                language=clip.language,
                emotion=clip.emotion,
                intensity=clip.intensity,
                extra={"gender": SPEAKERS[clip.speaker].gender},
            )
