"""VCTK (Yamagishi et al.): 110 English speakers of many accents, versions 0.80 and 0.92."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import recordings
from voiceclone.data.corpora.pairing import unheard, with_text_file
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

_NAME = re.compile(r"(\w+?_\d+)(?:_(mic[12]))?")


class VCTK(CorpusReader):
    """``wav48/<speaker>/<id>.wav`` (0.80) or ``wav48_silence_trimmed/<speaker>/<id>_mic1.flac`` (0.92), and ``txt/``.

    Version 0.92 holds every sentence twice; ``microphone`` chooses, and the other recording is not looked at. Ids are
    the same in both versions. Speaker p315 has lost its transcripts and comes without text.
    """

    layout = "wav48/<speaker>/ or wav48_silence_trimmed/<speaker>/ with recordings, and txt/<speaker>/<id>.txt"
    folder_names = ("VCTK-Corpus-0.92", "VCTK")
    languages = ("en-gb",)

    def __init__(self, root: str | Path, microphone: str = "mic1", **common: Any) -> None:
        super().__init__(root, **common)
        self.microphone = microphone

    def read(self) -> Iterator[Utterance | Skipped]:
        trimmed = self.root / "wav48_silence_trimmed"
        texts = {path.stem: path for path in sorted((self.root / "txt").glob("*/*.txt"))}
        for path in recordings(trimmed if trimmed.is_dir() else self.root / "wav48"):
            parts = _NAME.fullmatch(path.stem)
            if parts is None:
                yield Skipped(path.stem, "file name is not <speaker>_<number> or <speaker>_<number>_mic1")
            elif parts[2] in (None, self.microphone):
                name = parts[1]
                text_file = texts.pop(name, None)
                yield with_text_file(text_file, "en-gb", id=name, audio=path, speaker=path.parent.name)
        yield from unheard(texts, "txt/")
