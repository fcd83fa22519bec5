"""The transcripts of real corpora: everything can be spoken, nothing falls outside the table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from voiceclone.text.frontend import TextFrontend
from voiceclone.text.mandarin import readings, syllables
from voiceclone.text.symbols import default_table


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _aishell3(data: Path) -> Iterator[tuple[str, list[str]]]:
    """Characters and labelled pinyin."""
    for line in _lines(data / "data_aishell3" / "train" / "content.txt"):
        words = line.split("\t")[1].split()
        yield "".join(words[::2]), words[1::2]


def _transcripts(data: Path) -> Iterator[tuple[str, str]]:
    for corpus in ("ljspeech", "kathleen"):
        yield from ((line.split("|")[1], "en") for line in _lines(data / corpus / "metadata.csv"))
    for path in sorted((data / "LibriSpeech").rglob("*.trans.txt")):
        yield from ((line.partition(" ")[2], "en") for line in _lines(path))
    yield from ((line.split("\t")[1], "en") for line in _lines(data / "speechocean762" / "train" / "text"))
    yield from ((path.read_text(encoding="utf-8"), "en-gb") for path in sorted(data.glob("VCTK-Corpus/txt/*/*.txt")))
    with (data / "emodb" / "sentences.csv").open(encoding="utf-8") as file:
        yield from ((row["text"], "de") for row in csv.DictReader(file))
    transcript = data / "data_aishell" / "transcript" / "aishell_transcript_v0.8.txt"
    yield from ((line.partition(" ")[2], "zh") for line in _lines(transcript))
    yield from ((characters, "zh") for characters, _ in _aishell3(data))


@pytest.mark.shared
def test_every_transcript_can_be_spoken(shared: Path) -> None:
    texts, languages = zip(*_transcripts(shared / "data"), strict=True)
    spoken = TextFrontend().batch(texts, languages)
    assert len(texts) == 1254
    assert all(len(symbols) > 3 for symbols in spoken)
    assert set(chain.from_iterable(spoken)) <= set(default_table().symbols)


@pytest.mark.shared
def test_capitals_throughout_are_words_and_not_acronyms(shared: Path) -> None:
    frontend = TextFrontend()
    lines = _lines(shared / "data" / "speechocean762" / "train" / "text")
    texts = [line.split("\t")[1] for line in lines]
    assert frontend.batch(texts, ["en"] * len(texts)) == frontend.batch(
        [text.capitalize().replace(" i ", " I ") for text in texts], ["en"] * len(texts)
    )


@pytest.mark.shared
def test_mandarin_is_read_as_the_labels_of_aishell3_say(shared: Path) -> None:
    read, labelled = [], []
    for characters, pinyin in _aishell3(shared / "data"):
        read += readings.read(characters)
        labelled += pinyin
    assert len(read) == len(labelled) == 307
    # Four labels are slips (超市 chao1 si4), the others a choice between a neutral tone and a full one.
    assert sum(a != b for a, b in zip(read, labelled, strict=True)) <= 9
    assert all(syllables.symbols(syllable) for syllable in labelled)
