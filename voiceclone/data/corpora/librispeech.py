"""LibriSpeech (Panayotov et al. 2015) and LibriTTS (Zen et al. 2019): audiobook readers, one folder per subset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from voiceclone.data.corpora.files import read_text, recordings
from voiceclone.data.corpora.pairing import unheard, with_text_file
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Split, Utterance
from voiceclone.errors import DataError, did_you_mean


class LibriSpeech(CorpusReader):
    """``<subset>/<reader>/<chapter>/<id>.flac`` with ``<reader>-<chapter>.trans.txt``; speakers are reader numbers.

    ``subsets`` names the folders to use (all of them if empty). Those in ``held_out_subsets`` are for the test and
    those in ``validation_subsets`` for validation, with all their readers. Transcripts are turned to lower case, since
    text in capitals would be read as acronyms.
    """

    layout = "<subset>/<reader>/<chapter>/ with .flac or .wav recordings and their transcripts"
    languages = ("en",)

    def __init__(
        self,
        root: str | Path,
        subsets: Iterable[str] = (),
        held_out_subsets: Iterable[str] = (),
        validation_subsets: Iterable[str] = (),
        **common: Any,
    ) -> None:
        super().__init__(root, **common)
        self.subsets = tuple(subsets)
        self.own_splits: dict[str, Split] = dict.fromkeys(validation_subsets, "validation")
        self.own_splits |= dict.fromkeys(held_out_subsets, "test")

    def read(self) -> Iterator[Utterance | Skipped]:
        for subset in self._subset_folders():
            for chapter in sorted(path for path in subset.glob("[0-9]*/[0-9]*") if path.is_dir()):
                yield from self._chapter(chapter, self.own_splits.get(subset.name, "train"))

    def _subset_folders(self) -> list[Path]:
        present = {path.name: path for path in sorted(self.root.iterdir()) if path.is_dir()}
        missing = [name for name in self.subsets if name not in present]
        if missing:
            raise DataError(f"{self.root / missing[0]}: no such subset. {did_you_mean(missing[0], present)}")
        return [path for name, path in present.items() if name in (self.subsets or present)]

    def _chapter(self, folder: Path, split: Split) -> Iterator[Utterance | Skipped]:
        texts: dict[str, str] = {}
        for path in sorted(folder.glob("*.trans.txt")):
            try:
                texts |= _transcripts(path)
            except (OSError, UnicodeError) as error:
                yield Skipped(path.name, f"{error}; the clips of this chapter come without text")
        for path in recordings(folder):
            text = texts.pop(path.stem, None)
            yield Utterance(id=path.stem, audio=path, text=text, speaker=folder.parent.name, language="en", split=split)
        yield from unheard(texts, f"a transcript in {folder}")


class LibriTTS(LibriSpeech):
    """The same folders with ``<id>.wav`` and ``<id>.normalized.txt``, which keeps case and punctuation."""

    folder_names = ("LibriTTS_R",)

    def _chapter(self, folder: Path, split: Split) -> Iterator[Utterance | Skipped]:
        ending = ".normalized.txt"
        texts = {path.name.removesuffix(ending): path for path in sorted(folder.glob(f"*{ending}"))}
        for path in recordings(folder):
            text_file = texts.pop(path.stem, None)
            yield with_text_file(text_file, "en", id=path.stem, audio=path, speaker=folder.parent.name, split=split)
        yield from unheard(texts, f"{folder}")


def _transcripts(path: Path) -> dict[str, str]:
    lines = (line.split(maxsplit=1) for line in read_text(path, "en").splitlines() if line.strip())
    return {name: " ".join(words).lower() for name, *words in lines}
