"""Any folder of recordings: a folder per speaker or none, the words beside each recording or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import ANY_AUDIO, read_text, walk
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

_TEXT = (".txt", ".lab")


class Folder(CorpusReader):
    """``<speaker>/.../<clip>.wav`` with ``<clip>.txt`` or ``.lab`` beside it; .wav, .flac, .mp3 and .ogg.

    The first folder level names the speaker. Recordings that lie in ``root`` itself belong to ``speaker``, by default
    the root folder's name. Ids are paths below ``root`` without their ending.
    """

    layout = "recordings, in one folder per speaker if there are several, with .txt or .lab transcripts beside them"

    def __init__(self, root: str | Path, language: str = "en", speaker: str | None = None, **common: Any) -> None:
        super().__init__(root, **common)
        self.speaker = speaker or self.root.resolve().name
        self.language = language
        self.languages = (language,)

    def read(self) -> Iterator[Utterance | Skipped]:
        files = list(walk(self.root))
        texts = {path.with_suffix(""): path for path in files if path.suffix.lower() in _TEXT}
        audio = [path for path in files if path.suffix.lower() in ANY_AUDIO]
        for path in audio:
            yield self._clip(path, texts.get(path.with_suffix("")))
        heard = {path.with_suffix("") for path in audio}
        for bare, path in texts.items():
            if bare not in heard:
                yield Skipped(path.relative_to(self.root).as_posix(), "a text without a recording beside it")

    def _clip(self, path: Path, text_file: Path | None) -> Utterance | Skipped:
        place = path.relative_to(self.root)
        name = place.with_suffix("").as_posix()
        try:
            text = read_text(text_file, self.language) if text_file else None
        except UnicodeError as error:
            return Skipped(name, f"transcript {text_file}: {error}")
        speaker = place.parts[0] if len(place.parts) > 1 else self.speaker
        return Utterance(id=name, audio=path, text=text, speaker=speaker, language=self.language)
