"""speechocean762 (Zhang et al. 2021): English read by Mandarin speakers, in Kaldi lists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import read_list, recordings
from voiceclone.data.corpora.pairing import by_stem, unlisted
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Split, Utterance

_SPLITS: dict[str, Split] = {"train": "train", "test": "test"}


class Speechocean762(CorpusReader):
    """``WAVE/SPEAKER<id>/<utterance>.WAV``, and wav.scp, text, utt2spk and spk2gender in ``train/`` and ``test/``.

    The corpus's own test list stays a test list; its speakers are not in the training list. A recording is found by its
    name, so that lists which say ``.WAV`` serve a copy in ``.flac``. Transcripts are turned to lower case.
    """

    layout = "WAVE/ with recordings, and train/ and test/ with wav.scp, text, utt2spk"
    languages = ("en",)

    def read(self) -> Iterator[Utterance | Skipped]:
        paths = recordings(self.root / "WAVE")
        audio, named = by_stem(paths), set[str]()
        for folder in (self.root / name for name in _SPLITS if (self.root / name).is_dir()):
            for clip in self._lists(folder, audio):
                named.add(clip.id)
                yield clip
        yield from unlisted(paths, audio, named, "any wav.scp")

    def _lists(self, folder: Path, audio: dict[str, Path]) -> Iterator[Utterance | Skipped]:
        texts, speakers = dict(_pairs(folder / "text")), dict(_pairs(folder / "utt2spk"))
        genders = dict(_pairs(folder / "spk2gender")) if (folder / "spk2gender").exists() else {}
        for name, path in _pairs(folder / "wav.scp"):
            recording, speaker = audio.get(Path(path).stem), speakers.get(name)
            if recording is None:
                yield Skipped(name, f"no recording {path}, though {folder.name}/wav.scp names it")
            elif speaker is None:
                yield Skipped(name, f"no speaker in {folder.name}/utt2spk")
            else:
                yield Utterance(
                    id=name,
                    audio=recording,
                    text=texts.get(name, "").lower(),
                    speaker=speaker,
                    language="en",
                    split=_SPLITS[folder.name],
                    extra={"gender": genders[speaker]} if speaker in genders else {},
                )


def _pairs(path: Path) -> list[tuple[str, str]]:
    """A Kaldi list: the first word of each line names the rest."""
    lines = (line.split(maxsplit=1) for line in read_list(path, "en"))
    return [(name, " ".join(rest).strip()) for name, *rest in lines]
