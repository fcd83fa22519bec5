"""Who is kept out of training: lists, patterns and a rule that growing corpora do not upset."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceclone.data.corpora import Folder
from voiceclone.data.corpora.splits import Chooser
from voiceclone.errors import ConfigError, DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for speaker in ("anna", "bert", "cora"):
        (tmp_path / speaker).mkdir()
        for number in range(40):
            (tmp_path / speaker / f"{number:02d}.wav").touch()
    return tmp_path


def splits(corpus: Folder) -> dict[str, str]:
    return {clip.id: clip.split for clip in corpus}


def test_names_and_patterns_pick_test_before_validation(folder: Path) -> None:
    found = splits(
        Folder(
            folder,
            held_out_speakers=["cora"],
            held_out_utterances=["anna/00", "*/1?"],
            validation_speakers=["bert"],
            validation_utterances=["anna/0?", "cora/*"],
        )
    )
    assert {split for name, split in found.items() if name.startswith("cora")} == {"test"}
    assert found["anna/00"] == found["bert/15"] == "test"
    assert found["anna/01"] == found["bert/00"] == "validation"
    assert found["anna/20"] == "train"


def test_one_in_n_picks_about_that_many_and_never_moves_a_clip(folder: Path) -> None:
    rules = {"held_out_utterances": {"one_in": 10}, "validation_utterances": {"one_in": 10}}
    before = splits(Folder(folder, **rules))
    (folder / "anna" / "new.wav").touch()
    (folder / "anna" / "00.wav").unlink()
    after = splits(Folder(folder, **rules))
    assert all(after[name] == split for name, split in before.items() if name in after)
    counts = [list(before.values()).count(split) for split in ("test", "validation")]
    assert all(5 <= count <= 20 for count in counts)


def test_test_and_validation_pick_different_clips_by_the_same_rule() -> None:
    names = [f"clip{k}" for k in range(1000)]
    test, validation = (
        {name for name in names if Chooser({"one_in": 10}, setting)(name)}
        for setting in ("held_out_utterances", "validation_utterances")
    )
    assert len(test & validation) < 0.3 * len(test)


def test_a_held_out_name_that_nobody_bears_is_an_error(folder: Path) -> None:
    with pytest.raises(DataError, match=r"'berta'.*held_out_speakers"):
        list(Folder(folder, held_out_speakers=["anna", "berta"]))


@pytest.mark.parametrize("rule", [{"every": 10}, {"one_in": 0}, {"one_in": "ten"}, "anna"])
def test_a_rule_that_is_none_names_its_setting(rule: object, folder: Path) -> None:
    with pytest.raises(ConfigError, match="held_out_speakers"):
        Folder(folder, held_out_speakers=rule)  # type: ignore[arg-type]
