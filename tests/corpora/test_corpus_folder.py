"""A folder of one's own recordings."""

from __future__ import annotations

from pathlib import Path

from voiceclone.data.corpora import Folder


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_first_folder_names_the_speaker_and_text_lies_beside(tmp_path: Path) -> None:
    touch(tmp_path / "anna/take 1/a.wav", tmp_path / "bert/b.MP3")
    (tmp_path / "anna/take 1/a.txt").write_text("Hello. \n")
    (tmp_path / "bert/b.lab").write_text("Bye.")
    clips = {clip.id: clip for clip in Folder(tmp_path, language="en-gb")}
    assert {name: (clip.speaker, clip.text) for name, clip in clips.items()} == {
        "anna/take 1/a": ("anna", "Hello."),
        "bert/b": ("bert", "Bye."),
    }
    assert {clip.language for clip in clips.values()} == {"en-gb"}


def test_recordings_without_speaker_folders_belong_to_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "小明"
    touch(root / "a.ogg", root / "b.flac")
    assert [(clip.id, clip.speaker, clip.text) for clip in Folder(root)] == [("a", "小明", None), ("b", "小明", None)]
    assert {clip.speaker for clip in Folder(root, speaker="anna")} == {"anna"}


def test_what_does_not_pair_is_reported_and_hidden_files_are_not_looked_at(tmp_path: Path) -> None:
    touch(
        tmp_path / "a.wav", tmp_path / "a.flac", tmp_path / "._a.wav", tmp_path / ".trash/c.wav", tmp_path / "lost.txt"
    )
    corpus = Folder(tmp_path)
    assert [clip.audio.name for clip in corpus] == ["a.flac"]
    assert [(skipped.id, skipped.reason.split(",")[0]) for skipped in corpus.skipped] == [
        ("a", "a second clip with this id"),
        ("lost.txt", "a text without a recording beside it"),
    ]


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere/a.wav")
    (tmp_path / "root").mkdir()
    (tmp_path / "root/anna").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert [clip.id for clip in Folder(tmp_path / "root")] == ["anna/a"]
