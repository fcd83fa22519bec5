"""LJ Speech (keithito.com/LJ-Speech-Dataset) and every corpus arranged like it: one speaker, one metadata.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import read_list, recordings
from voiceclone.data.corpora.pairing import by_stem, unlisted
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance


class LJSpeech(CorpusReader):
    """``metadata.csv`` (``id|text|text as read``) beside ``wavs/<id>.wav``.

    The list decides: a recording it does not name is reported and left out, so that deleting a line drops a clip.
    """

    layout = "metadata.csv with lines id|text|text as read, and wavs/<id>.wav or .flac"
    folder_names = ("LJSpeech-1.1",)

    def __init__(self, root: str | Path, speaker: str, language: str = "en", **common: Any) -> None:
        super().__init__(root, **common)
        self.speaker, self.language = speaker, language
        self.languages = (language,)

    def read(self) -> Iterator[Utterance | Skipped]:
        paths = recordings(self.root / "wavs")
        audio, named = by_stem(paths), set()
        for line in read_list(self.root / "metadata.csv", self.language):
            name, *texts = (column.strip() for column in line.split("|"))
            named.add(name)
            yield self._clip(name, audio.get(name), texts)
        yield from unlisted(paths, audio, named, "metadata.csv")

    def _clip(self, name: str, path: Path | None, texts: list[str]) -> Utterance | Skipped:
        if path is None:
            return Skipped(name, "no recording, though metadata.csv names it")
        text = next((text for text in reversed(texts) if text), None)
        return Utterance(id=name, audio=path, text=text, speaker=self.speaker, language=self.language)
