"""ESD (Zhou et al. 2021): ten Mandarin and ten English speakers, five emotions, 350 parallel sentences each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import read_text, recordings
from voiceclone.data.corpora.pairing import unheard
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Split, Utterance
from voiceclone.errors import DataError
from voiceclone.models.emotion.labels import canonical

_NAME = re.compile(r"(\d{4})_(\d{6})")
_PARTS: dict[str, Split] = {"train": "train", "evaluation": "validation", "test": "test"}


class ESD(CorpusReader):
    """``<speaker>/<Emotion>/<speaker>_<number>.wav``, with or without train, test and evaluation folders in between.

    Speakers 0001..0010 speak Mandarin, 0011..0020 English. ``<speaker>/<speaker>.txt`` has a line ``id text emotion``
    per clip, in UTF-8, GBK or UTF-16, depending on the speaker. Where the folders of the parts are gone, the published
    parts follow from the numbers: of every 350 sentences 20 for validation, the next 30 for the test.
    """

    layout = "0001/ to 0020/, each with 0001.txt and folders Angry, Happy, Neutral, Sad, Surprise"
    folder_names = ("Emotion Speech Dataset", "Emotional Speech Dataset (ESD)")
    languages = ("zh", "en")
    emotions = ("neutral", "angry", "happy", "sad", "surprised")

    def read(self) -> Iterator[Utterance | Skipped]:
        for folder in sorted(path for path in self.root.rglob("[0-9][0-9][0-9][0-9]") if path.is_dir()):
            language = "zh" if int(folder.name) <= 10 else "en"
            texts: dict[str, str] = {}
            try:
                texts = _texts(folder / f"{folder.name}.txt", language)
            except (OSError, UnicodeError) as error:
                yield Skipped(f"{folder.name}.txt", f"{error}; the clips of this speaker come without text")
            for path in recordings(folder):
                yield self._clip(path, texts.pop(path.stem, None), language)
            yield from unheard(texts, f"{folder.name}.txt")

    def _clip(self, path: Path, text: str | None, language: str) -> Utterance | Skipped:
        name = _NAME.fullmatch(path.stem)
        if name is None:
            return Skipped(path.stem, "file name is not <speaker>_<number>, such as 0001_000351")
        parted = path.parent.name in _PARTS
        try:
            emotion = canonical((path.parent.parent if parted else path.parent).name)
        except DataError as error:
            return Skipped(path.stem, f"the folder should name the emotion: {error}")
        split = _PARTS[path.parent.name] if parted else _published_part(int(name[2]))
        return Utterance(
            id=path.stem, audio=path, text=text, speaker=name[1], language=language, emotion=emotion, split=split
        )


def _published_part(number: int) -> Split:
    place = (number - 1) % 350
    return "validation" if place < 20 else "test" if place < 50 else "train"


def _texts(path: Path, language: str) -> dict[str, str]:
    if not path.exists():
        return {}
    rows = (re.split(r"\t+", line.strip()) for line in read_text(path, language).splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) > 1}
