"""What a corpus has but cannot be used is reported; the rest is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceclone.data.corpora import AISHELL, ESD, VCTK, CorpusReader, Folder, LibriSpeech, LJSpeech, Speechocean762
from voiceclone.data.corpora.files import decode
from voiceclone.errors import DataError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def reasons(corpus: CorpusReader) -> dict[str, str]:
    return {skipped.id: skipped.reason for skipped in corpus.skipped}


@pytest.fixture
def lj(tmp_path: Path) -> Path:
    touch(*(tmp_path / "wavs" / name for name in ("a.wav", "b.wav", "b.flac", "stray.wav", "silent.wav")))
    (tmp_path / "metadata.csv").write_text("a|One.|One.\nb|Two.|Two.\nb|Again.|Again.\ngone|Three.|Three.\nsilent||\n")
    return tmp_path


def test_a_list_and_its_recordings_are_compared_both_ways(lj: Path) -> None:
    corpus = LJSpeech(lj, speaker="x")
    assert [(clip.id, clip.text) for clip in corpus] == [("a", "One."), ("b", "Two."), ("silent", None)]
    assert "no recording" in reasons(corpus)["gone"]
    assert "not named in metadata.csv" in reasons(corpus)["stray"]
    assert sum(skipped.id == "b" for skipped in corpus.skipped) == 2, "the second line and the second recording of b"
    assert corpus.found == 3 + len(corpus.skipped)


def test_a_clip_without_words_is_kept_and_named_unless_text_is_required(lj: Path) -> None:
    corpus = LJSpeech(lj, speaker="x")
    assert list(corpus)[-1].id == "silent"
    assert corpus.untranscribed == ["silent"]
    strict = LJSpeech(lj, speaker="x", require_text=True)
    assert [clip.id for clip in strict] == ["a", "b"]
    assert reasons(strict)["silent"] == "no transcript"


def test_reports_start_afresh_with_every_pass(lj: Path) -> None:
    corpus = LJSpeech(lj, speaker="x")
    assert list(corpus) == list(corpus)
    assert corpus.untranscribed == ["silent"]


def test_a_missing_folder_says_what_to_expect_and_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.*no such folder.*metadata\.csv.*paths\.data=") as error:
        list(LJSpeech(tmp_path / "nowhere" / "lj", speaker="x"))
    assert "\n" not in str(error.value)


def test_an_empty_folder_and_a_missing_list_are_errors_that_name_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no clips"):
        list(Folder(tmp_path))
    touch(tmp_path / "wavs" / "a.wav")
    with pytest.raises(DataError, match=r"metadata\.csv: missing"):
        list(LJSpeech(tmp_path, speaker="x"))


def test_audio_of_an_unknown_speaker_is_reported(tmp_path: Path) -> None:
    touch(tmp_path / "WAVE/SPEAKER0001/000010011.WAV", tmp_path / "WAVE/SPEAKER0001/000010035.WAV")
    (tmp_path / "train").mkdir()
    (tmp_path / "train/wav.scp").write_text(
        "000010011\tWAVE/SPEAKER0001/000010011.WAV\n000010099\tWAVE/SPEAKER0001/000010099.WAV\n"
    )
    (tmp_path / "train/text").write_text("000010011\tHELLO\n")
    (tmp_path / "train/utt2spk").write_text("000010099\t0001\n")
    corpus = Speechocean762(tmp_path)
    assert list(corpus) == []
    assert reasons(corpus)["000010011"] == "no speaker in train/utt2spk"
    assert "no recording WAVE/SPEAKER0001/000010099.WAV" in reasons(corpus)["000010099"]
    assert reasons(corpus)["000010035"] == "not named in any wav.scp"


def test_a_transcript_in_gbk_is_decoded(tmp_path: Path) -> None:
    touch(tmp_path / "小明" / "一.wav")
    (tmp_path / "小明" / "一.txt").write_bytes("你好，世界。".encode("gbk"))
    (clip,) = Folder(tmp_path, language="zh")
    assert (clip.text, clip.speaker, clip.id) == ("你好，世界。", "小明", "小明/一")


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        ("你好，世界。", "gbk", "en"),
        ("龘靐齉", "gb18030", "zh"),
        ("Schöne Grüße aus Köln, das wär’s.", "cp1252", "de"),
        ("你好", "utf-16", "zh"),
        ("0001_000001\t你好", "utf-16-le", "zh"),
        ("naïve café", "utf-8-sig", "fr"),
    ],
)
def test_decoding_finds_the_encoding(text: str, encoding: str, language: str) -> None:
    assert decode(text.encode(encoding), language) == text


def test_a_transcript_that_is_no_text_skips_its_clip_only(tmp_path: Path) -> None:
    touch(
        tmp_path / "wav48/p225/p225_001.wav", tmp_path / "wav48/p225/p225_002.wav", tmp_path / "txt/p225/p225_002.txt"
    )
    (tmp_path / "txt/p225/p225_001.txt").write_bytes(b"\x81\x8d\x8f")
    corpus = VCTK(tmp_path)
    assert [clip.id for clip in corpus] == ["p225_002"]
    assert "p225_001.txt: not text in any of" in reasons(corpus)["p225_001"]


def test_a_spoilt_list_of_one_speaker_leaves_the_others_alone(tmp_path: Path) -> None:
    touch(tmp_path / "0011/Sad/0011_001200.wav", tmp_path / "0012/Sad/0012_001200.wav")
    (tmp_path / "0011/0011.txt").write_bytes(b"0011_001200\t\x81\x8d\x8f\tSad")
    (tmp_path / "0012/0012.txt").write_text("0012_001200\tHello there.\tSad\n")
    corpus = ESD(tmp_path)
    assert [(clip.id, clip.text) for clip in corpus] == [("0011_001200", None), ("0012_001200", "Hello there.")]
    assert "without text" in reasons(corpus)["0011.txt"]


def test_transcripts_without_recordings_are_reported(tmp_path: Path) -> None:
    touch(tmp_path / "wav/train/S0002/a.wav")
    (tmp_path / "transcript").mkdir()
    (tmp_path / "transcript/aishell_transcript_v0.8.txt").write_text("a 你好\nb 再见\n", encoding="utf-8")
    corpus = AISHELL(tmp_path)
    assert [clip.id for clip in corpus] == ["a"]
    assert reasons(corpus) == {"b": "no recording, though the transcript names it"}


def test_a_misspelt_subset_suggests_the_right_one(tmp_path: Path) -> None:
    touch(tmp_path / "train-clean-100/19/198/19-198-0000.flac")
    with pytest.raises(DataError, match="Did you mean 'train-clean-100'"):
        list(LibriSpeech(tmp_path, subsets=["train-clean100"]))


def test_a_hundred_thousand_names_are_no_burden(tmp_path: Path) -> None:
    """A list names far more than is there: every name is reported, none is looked for on the disk one by one."""
    touch(tmp_path / "wavs" / "0.wav")
    (tmp_path / "metadata.csv").write_text("".join(f"{k}|Text.|Text.\n" for k in range(100_000)))
    corpus = LJSpeech(tmp_path, speaker="x")
    assert [clip.id for clip in corpus] == ["0"]
    assert len(corpus.skipped) == 99_999
