"""Any folder of recordings: a folder per speaker or none, the words beside each recording or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import ANY_AUDIO, walk
from voiceclone.data.corpora.pairing import with_text_file
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

_TEXT = (".txt", ".lab")


class Folder(CorpusReader):
    """``<speaker>/.../<clip>.wav`` with ``<clip>.txt`` or ``.lab`` beside it; .wav, .flac, .mp3 and .ogg.

    The first folder level names the speaker. Recordings that lie in ``root`` itself belong to ``speaker``, by default
    the root folder's name. Ids are paths below ``root`` without their ending.
    """

    layout = "recordings, in one folder per speaker if there are several, with .txt or .lab transcripts beside them"
    must_know_names = True

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
        speaker = place.parts[0] if len(place.parts) > 1 else self.speaker
        return with_text_file(text_file, self.language, id=name, audio=path, speaker=speaker)
