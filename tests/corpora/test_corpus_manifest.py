"""A manifest says what is known of each recording; what it says wrongly is told by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voiceclone.data.corpora import Manifest
from voiceclone.errors import DataError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    for name in "abc":
        (tmp_path / "clips" / f"{name}.wav").touch()
    return tmp_path


def reports(corpus: Manifest) -> dict[str, str]:
    list(corpus)
    return {skipped.id: skipped.reason for skipped in corpus.skipped}


def test_a_csv_says_everything_a_clip_can_be(root: Path) -> None:
    (root / "manifest.csv").write_text(
        "id,path,text,speaker,language,emotion,intensity,start,end,split,room\n"
        'one,clips/a.wav,"Well, ""yes"".",小明,zh,开心,0.5,1.5,3,val,B12\n',
        encoding="utf-8",
    )
    (clip,) = Manifest(root)
    assert (clip.id, clip.text, clip.speaker, clip.language) == ("one", 'Well, "yes".', "小明", "zh")
    assert (clip.emotion, clip.intensity, clip.start, clip.end, clip.split) == ("happy", 0.5, 1.5, 3.0, "validation")
    assert clip.extra == {"room": "B12"}
    assert clip.audio == root / "clips/a.wav"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_understood(delimiter: str, root: Path) -> None:
    (root / "list.csv").write_text(f"audio{delimiter}text\nclips/a.wav{delimiter}Hello.\n")
    (clip,) = Manifest(root, "list.csv", speaker="anna", language="de")
    assert (clip.text, clip.speaker, clip.language) == ("Hello.", "anna", "de")


def test_a_jsonl_is_read_alike(root: Path) -> None:
    rows = [{"audio": "clips/a.wav", "text": "One.", "start": 1}, {"audio": "clips/a.wav", "start": 2.5, "end": None}]
    (root / "list.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    assert [(clip.id, clip.start, clip.speaker) for clip in Manifest(root, "list.jsonl")] == [
        ("clips/a@1", 1.0, "list"),
        ("clips/a@2.5", 2.5, "list"),
    ]


def test_every_bad_line_is_reported_by_number_and_the_rest_is_read(root: Path) -> None:
    (root / "manifest.csv").write_text(
        "audio,emotion,intensity,start,end,split\n"
        "clips/a.wav,hapy,,,,\n"
        "clips/a.wav,,2,,,\n"
        "clips/a.wav,,,3,1,\n"
        "clips/a.wav,,,soon,,\n"
        "clips/gone.wav,,,,,\n"
        ",happy,,,,\n"
        "clips/a.wav,,,,,trian\n"
        "clips/a.wav,,,,,,,\n"
        "clips/b.wav,angry,,,,\n"
    )
    corpus = Manifest(root)
    told = reports(corpus)
    expected = {
        2: "unknown emotion 'hapy'. Did you mean 'happy'?",
        3: "intensity: expected 0 to 1, got 2",
        4: "expected 0 <= start < end, got 3 and 1",
        5: "start: expected a number, got 'soon'",
        6: f"no recording {root / 'clips/gone.wav'}",
        7: "names no recording in 'audio' (or 'path')",
        8: "unknown split 'trian'. Did you mean 'train'?",
        9: "8 cells for 6 columns",
    }
    assert told == {f"manifest.csv:{line}": reason for line, reason in expected.items()}
    assert [clip.id for clip in corpus] == ["clips/b"]


def test_bad_json_is_reported_by_line(root: Path) -> None:
    (root / "list.jsonl").write_text('{"audio": "clips/a.wav"}\n{"audio": \n[1]\n{"audoi": "clips/b.wav"}\n')
    told = reports(Manifest(root, "list.jsonl"))
    assert told["list.jsonl:2"].startswith("not JSON")
    assert told["list.jsonl:3"] == "expected an object {...}, got [1]"
    assert told["list.jsonl:4"] == "unknown column 'audoi'. Did you mean 'audio'?"


@pytest.mark.parametrize(
    ("header", "message"),
    [("audio,speakr", "line 1: unknown column 'speakr'. Did you mean 'speaker'"), ("file,text", "no column 'audio'")],
)
def test_a_wrong_header_stops_the_reading(header: str, message: str, root: Path) -> None:
    (root / "manifest.csv").write_text(f"{header}\nclips/a.wav,x\n")
    with pytest.raises(DataError, match=message):
        list(Manifest(root))


def test_a_missing_manifest_names_itself(root: Path) -> None:
    with pytest.raises(DataError, match=r"nolist\.csv"):
        list(Manifest(root, "nolist.csv"))


def test_a_split_that_a_row_names_stands_against_a_rule_but_not_against_a_held_out_speaker(root: Path) -> None:
    (root / "manifest.csv").write_text(
        "audio,speaker,split\nclips/a.wav,anna,train\nclips/b.wav,bert,\nclips/c.wav,cora,train\n"
    )
    corpus = Manifest(root, held_out_utterances={"one_in": 1}, held_out_speakers=["cora"])
    assert {clip.speaker: clip.split for clip in corpus} == {"anna": "train", "bert": "test", "cora": "test"}
