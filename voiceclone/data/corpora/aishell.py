"""AISHELL-1 (Bu et al. 2017) and AISHELL-3 (Shi et al. 2020): Mandarin of 400 and of 218 speakers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import read_list, recordings
from voiceclone.data.corpora.pairing import unheard
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Split, Utterance

_PARTS: dict[str, Split] = {"train": "train", "dev": "validation", "test": "test"}


class AISHELL(CorpusReader):
    """AISHELL-1: ``wav/<part>/<speaker>/<id>.wav`` and ``transcript/aishell_transcript_v0.8.txt``.

    The parts train, dev and test have different speakers and are kept. The spaces between the transcript's words go.
    """

    layout = "wav/train|dev|test/<speaker>/ with recordings (its .tar.gz unpacked), and transcript/"
    languages = ("zh",)

    def read(self) -> Iterator[Utterance | Skipped]:
        lines = read_list(self.root / "transcript" / "aishell_transcript_v0.8.txt", "zh")
        texts = {name: "".join(words) for name, *words in (line.split() for line in lines)}
        wav = self.root / "wav"
        for path in recordings(wav):
            yield Utterance(
                id=path.stem,
                audio=path,
                text=texts.pop(path.stem, None),
                speaker=path.parent.name,
                language="zh",
                split=_PARTS.get(path.relative_to(wav).parts[0], "train"),
            )
        yield from unheard(texts, "the transcript")


class AISHELL3(CorpusReader):
    """AISHELL-3: ``train/`` and ``test/``, each with ``wav/<speaker>/<id>.wav`` and ``content.txt``.

    Its lines are ``<file> <character> <pinyin> ...``; the pinyin with tone numbers, sandhi applied, is kept in
    ``extra["pinyin"]``, a string with a space between syllables.
    """

    layout = "train/ and test/, each with content.txt and wav/<speaker>/"
    languages = ("zh",)

    def read(self) -> Iterator[Utterance | Skipped]:
        for part in (part for part in _PARTS if (self.root / part).is_dir()):
            lines = read_list(self.root / part / "content.txt", "zh")
            words = {Path(name).stem: said for name, *said in (line.split() for line in lines)}
            for path in recordings(self.root / part / "wav"):
                yield self._clip(path, words.pop(path.stem, []), _PARTS[part])
            yield from unheard(words, f"{part}/content.txt")

    def _clip(self, path: Path, words: list[str], split: Split) -> Utterance:
        return Utterance(
            id=path.stem,
            audio=path,
            text="".join(words[::2]),
            speaker=path.parent.name,
            language="zh",
            split=split,
            extra={"pinyin": " ".join(words[1::2])} if words else {},
        )
