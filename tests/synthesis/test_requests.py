"""Files of things to speak."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voiceclone.errors import SynthesisError
from voiceclone.synthesis.requests import Request, read_requests


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_text_file_is_one_request_a_line(tmp_path: Path) -> None:
    assert read_requests(write(tmp_path, "a.txt", "One.\nTwo.\n")) == [Request("One."), Request("Two.")]


def test_blank_lines_part_paragraphs(tmp_path: Path) -> None:
    text = "First line\nof a paragraph.\n\n\nAnother.\n"
    assert read_requests(write(tmp_path, "a.txt", text)) == [Request("First line of a paragraph."), Request("Another.")]


def test_a_table_names_emotion_intensity_speaker_and_file(tmp_path: Path) -> None:
    text = "text,emotion,intensity,speaker,file\n你好,开心,0.5,小明,hello\nBye,,,,\n"
    asked = read_requests(write(tmp_path, "a.csv", text))
    assert asked == [Request("你好", "开心", 0.5, "小明", None, "hello"), Request("Bye")]


def test_json_lines_and_a_json_list_read_alike(tmp_path: Path) -> None:
    rows = [{"text": "One.", "emotion": "sad"}, {"text": "Two.", "intensity": 1}]
    lines = write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert read_requests(lines) == read_requests(write(tmp_path, "a.json", json.dumps(rows)))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
def test_other_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    assert read_requests(write(tmp_path, "a.txt", "今天天气很好。", encoding))[0].text == "今天天气很好。"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.txt", " \n", "nothing to speak"),
        ("a.csv", "text,emotoin\nHi,sad\n", "a.csv:2: unknown column 'emotoin'. Did you mean 'emotion'"),
        ("a.csv", "text,emotion\nWell, hello,sad\n", "a.csv:2: more cells than columns"),
        ("a.csv", "text,intensity\nHi,much\n", "a.csv:2: intensity 'much'"),
        ("a.jsonl", '{"text": "Hi"}\n{oops\n', "a.jsonl:2: not JSON"),
        ("a.jsonl", '{"emotion": "sad"}\n', "a.jsonl:1: no text"),
        ("a.json", '{"text": "Hi"}', "expected a list"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, name: str, text: str, expected: str) -> None:
    with pytest.raises(SynthesisError, match=expected.replace(".", r"\.")):
        read_requests(write(tmp_path, name, text))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SynthesisError, match=r"nowhere\.txt: cannot be read"):
        read_requests("nowhere.txt")
