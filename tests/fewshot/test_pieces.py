"""Recordings become pieces, and pieces get their words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_speech import RATE, speech

from voiceclone.audio.io import probe, save
from voiceclone.data.fewshot.checks import measure_files
from voiceclone.data.fewshot.dividing import divide
from voiceclone.data.fewshot.fitting import misfits, transcribe
from voiceclone.data.fewshot.pieces import Piece, cut_recordings, find_recordings, held_out, with_texts
from voiceclone.data.fewshot.transcripts import beside, read_transcripts, write_transcripts
from voiceclone.errors import AudioError, DataError


def recorded(folder: Path, **seconds: float) -> Path:
    for name, length in seconds.items():
        save(folder / f"{name}.wav", speech(length), RATE)
    return folder


def pieces(*texts: str, tmp_path: Path) -> list[Piece]:
    path = recorded(tmp_path, one=4) / "one.wav"
    return [Piece(str(number), path, 0.0, 4.0, text) for number, text in enumerate(texts)]


def test_a_file_or_a_folder_is_found(tmp_path: Path) -> None:
    folder = recorded(tmp_path, a=1, b=1)
    assert list(find_recordings(folder)) == ["a", "b"]
    assert list(find_recordings(folder / "a.wav")) == ["a"]
    assert list(find_recordings(folder / "b.wav", folder / "a.wav")) == ["b", "a"]
    with pytest.raises(DataError, match="have the same name"):
        find_recordings(folder, folder / "a.wav")
    with pytest.raises(DataError, match="no such file or folder"):
        find_recordings(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no recordings"):
        find_recordings(tmp_path / "empty")


def test_long_recordings_are_cut_and_short_ones_are_not(tmp_path: Path) -> None:
    found = find_recordings(recorded(tmp_path, long=30, short=3, told=12))
    cut, problems = cut_recordings(found, {"told": "It works."})
    assert not problems
    names = [piece.id for piece in cut]
    assert names[-2:] == ["short", "told"]
    long = [piece for piece in cut if piece.id.startswith("long#")]
    assert 4 <= len(long) <= 8
    assert all(1.5 <= piece.seconds <= 10 for piece in long)


def test_what_cannot_be_read_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    folder = recorded(tmp_path, good=3)
    (folder / "bad.wav").write_bytes(b"no audio")
    cut, problems = cut_recordings(find_recordings(folder), {})
    assert [piece.id for piece in cut] == ["good"]
    assert "bad.wav" in problems[0]
    assert list(measure_files(find_recordings(folder))) == ["good"]
    (folder / "good.wav").unlink()
    with pytest.raises(AudioError, match=r"bad\.wav"):
        measure_files(find_recordings(folder))


def test_pieces_are_held_out_evenly(tmp_path: Path) -> None:
    twelve = [Piece(str(number), tmp_path, 0, 5) for number in range(12)]
    splits = list(held_out(twelve, 0.15).values())
    assert splits.count("validation") == splits.count("test") == 2
    assert list(held_out(twelve, 0.15, tested_elsewhere=True).values()).count("test") == 0
    assert list(held_out(twelve[:4], 0.15).values()).count("validation") == 1
    assert set(held_out(twelve[:2], 0.15).values()) == {"train"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.txt", "a|It works.\nb.wav|今天天气很好。\n"),
        ("t.csv", "name,text\na,It works.\nb.wav,今天天气很好。\n"),
        ("t.csv", "\ufeffid;transcript\na;It works.\nb;今天天气很好。\n"),
        ("t.jsonl", '{"name": "a", "text": "It works."}\n{"file": "b.wav", "text": "今天天气很好。"}\n'),
    ],
)
def test_transcripts_are_read_from_three_kinds_of_files(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert read_transcripts(tmp_path / name, "zh") == {"a": "It works.", "b": "今天天气很好。"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.txt", "a It works.\n", r"t.txt:1: expected name\|text"),
        ("t.csv", "who,what\na,b\n", "expected the columns name and text, found who, what"),
        ("t.jsonl", "{}\n", "t.jsonl:1: expected an object with name and text"),
        ("t.txt", "\n", "holds no transcripts"),
    ],
)
def test_a_broken_list_of_transcripts_names_its_line(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(DataError, match=message):
        read_transcripts(tmp_path / name, "en")
    with pytest.raises(DataError, match=r"missing\.txt"):
        read_transcripts(tmp_path / "missing.txt", "en")


def test_what_is_written_to_be_corrected_is_read_back(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "t.csv", [("a#0", 'He said, "no".', "note"), ("b", "", "")])
    assert read_transcripts(tmp_path / "t.csv", "en") == {"a#0": 'He said, "no".'}


def test_texts_lie_beside_the_clips(tmp_path: Path) -> None:
    folder = recorded(tmp_path, a=1, b=1)
    (folder / "a.txt").write_text("It works.\n", "utf-8")
    assert beside(find_recordings(folder), "en") == {"a": "It works."}
    assert (
        with_texts([Piece("a", folder, 0, 1, "old"), Piece("c", folder, 0, 1, "kept")], {"a": "new"})[1].text == "kept"
    )


TEXT = "The weather is fine today. Are you going out? We took the early train, and it was late."
PARTS = ["The weather is fine today.", "Are you going out?", "We took the early train, and it was late."]


def test_a_long_text_is_shared_out_by_the_clock() -> None:
    assert divide(TEXT, [3, 2, 4]) == PARTS
    assert divide("今天天气很好，你打算出门吗？我们去海边。", [3, 3, 2]) == [
        "今天天气很好，",
        "你打算出门吗？",
        "我们去海边。",
    ]


def test_a_long_text_is_shared_out_by_ear_whatever_the_clock_says() -> None:
    heard = ["weather is fine to day", "argue going out", "we took the early rain it was late"]
    assert divide(TEXT, [1, 1, 1], heard) == PARTS
    assert divide(TEXT, [1, 1, 1], ["the weather is fine today are you going out", "", "we took the early train"]) == [
        " ".join(PARTS[:2]), "", PARTS[2],
    ]  # fmt: skip


def test_a_text_that_is_not_what_is_said_is_found_by_ear(tmp_path: Path) -> None:
    told = pieces("It works well enough.", "Nobody came to dinner.", tmp_path=tmp_path)
    wrong = misfits(told, list, {"0": "it works well and of", "1": "the ship left at noon"})
    assert list(wrong) == ["1"]
    assert "heard as “the ship left at noon”" in wrong["1"]


def test_too_much_text_for_its_time_is_found_by_the_clock(tmp_path: Path) -> None:
    usual = "a sentence of usual length"
    wrong = misfits(pieces(usual, usual, usual, usual * 3, usual[:5], tmp_path=tmp_path), list)
    assert list(wrong) == ["3", "4"]
    assert "too much text" in wrong["3"]
    assert "too little text" in wrong["4"]


@pytest.mark.shared
@pytest.mark.slow
def test_exchanged_transcripts_of_real_sentences_are_found(shared: Path) -> None:
    recogniser = pytest.importorskip("voiceclone.metrics.recognisers").PocketSphinx()
    rows = [row.split("|") for row in (shared / "data/kathleen/metadata.csv").read_text("utf-8").splitlines()[:6]]
    told = [
        Piece(name, path, 0.0, probe(path).duration, text)
        for name, *_, text in rows
        if (path := shared / f"data/kathleen/wavs/{name}.flac")
    ]
    told[1], told[2] = (replace(told[i], text=told[j].text) for i, j in ((1, 2), (2, 1)))
    assert list(misfits(told, list, transcribe(told, recogniser))) == [told[1].id, told[2].id]
