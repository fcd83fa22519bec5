"""Which clip is held against which recording."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio import io
from voiceclone.data.utterance import Utterance
from voiceclone.errors import DataError
from voiceclone.evaluation.clips import lowest_rate
from voiceclone.evaluation.labels import read_labels
from voiceclone.evaluation.matching import match
from voiceclone.evaluation.references import of_corpus, of_folder

NOISE = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.1


def test_clips_are_paired_by_name_and_speakers_by_folder(folders: dict[str, Path]) -> None:
    matched = match({"good": folders["good"]}, of_folder(folders["recordings"]))
    system, recordings = matched.systems
    assert [clip.id for clip in system.clips] == [f"{who}/{i}" for who in ("ann", "bob") for i in range(3)]
    assert {clip.labels.speaker for clip in system.clips} == {"ann", "bob"}
    assert all(
        clip.recording and clip.recording.path == folders["recordings"] / f"{clip.id}.wav" for clip in system.clips
    )
    assert recordings.name == "recordings"
    assert matched.remarks == ()


def test_recordings_are_likened_to_another_by_the_same_speaker(folders: dict[str, Path]) -> None:
    *_, recordings = match({"good": folders["good"]}, of_folder(folders["recordings"])).systems
    for clip in recordings.clips:
        assert clip.recording is None
        assert clip.voice is not None
        assert clip.voice.path.parent == clip.wave.path.parent
        assert clip.voice.path != clip.wave.path


def test_folders_that_differ_are_remarked_upon(folders: dict[str, Path]) -> None:
    (folders["good"] / "ann/0.wav").rename(folders["good"] / "ann/extra.wav")
    matched = match({"good": folders["good"]}, of_folder(folders["recordings"]))
    assert len(matched.systems[0].clips) == 5
    assert matched.remarks == (
        "good: 1 clips without a recording of the same name were left out: ann/extra",
        "good: 1 recordings have no generated clip: ann/0",
    )


def test_of_a_whole_corpus_only_what_was_spoken_is_looked_for(folders: dict[str, Path]) -> None:
    for name in ("ann/0", "ann/2"):
        (folders["good"] / f"{name}.wav").unlink()
    references = of_folder(folders["recordings"])
    matched = match({"good": folders["good"]}, references, all_spoken=False)
    assert matched.remarks == ()
    recordings = matched.systems[-1]
    assert [clip.id for clip in recordings.clips] == ["ann/1", "bob/0", "bob/1", "bob/2"]
    assert recordings.clips[0].voice == references["ann/2"].recording, "likened to one that no system spoke"


def test_folders_with_nothing_in_common_say_what_they_hold(folders: dict[str, Path], tmp_path: Path) -> None:
    io.save(tmp_path / "other/clip_7.wav", NOISE, 16_000)
    with pytest.raises(DataError, match=r"no.* recording of the same name \(clips: clip_7; recordings: ann/0, ann/1"):
        match({"other": tmp_path / "other"}, of_folder(folders["recordings"]))


@pytest.mark.parametrize(("folder", "message"), [("missing", "no such folder"), ("empty", "holds no audio")])
def test_no_clips_at_all(tmp_path: Path, folder: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        of_folder(tmp_path / folder)


def test_two_clips_of_one_name_are_refused(tmp_path: Path) -> None:
    for suffix in ("wav", "flac"):
        (tmp_path / f"clip.{suffix}").write_bytes(b"")
    with pytest.raises(DataError, match=r"clip\.flac has the same name"):
        of_folder(tmp_path)


def test_timing_is_told_by_the_lengths(folders: dict[str, Path], tmp_path: Path) -> None:
    for clip in folders["recordings"].rglob("*.wav"):
        wave, rate = io.load(clip)
        io.save(tmp_path / "slow" / clip.relative_to(folders["recordings"]), np.tile(wave, 2), rate)
    systems = {"good": folders["good"], "slow": tmp_path / "slow"}
    good, slow, _ = match(systems, of_folder(folders["recordings"])).systems
    assert (good.same_timing, slow.same_timing) == (True, False)
    good, slow, _ = match(systems, of_folder(folders["recordings"]), {"slow": True, "good": False}).systems
    assert (good.same_timing, slow.same_timing) == (False, True)


def test_the_lowest_rate_is_that_of_the_comparison(folders: dict[str, Path]) -> None:
    wave, _ = io.load(folders["good"] / "bob/1.wav")
    io.save(folders["good"] / "bob/1.wav", wave, 12_000)
    (folders["good"] / "bob/2.wav").write_bytes(b"no audio")
    assert lowest_rate(match({"good": folders["good"]}, of_folder(folders["recordings"])).systems) == 12_000


def test_labels_beside_the_wavs(tmp_path: Path) -> None:
    (tmp_path / "wavs").mkdir()
    (tmp_path / "wavs/a.txt").write_text("From a text file.\n")
    (tmp_path / "metadata.csv").write_text("b|Dr. B|Doctor B\n")
    entry = {"file": "c.wav", "text": "你好", "language": "zh", "emotion": "开心", "speaker": "小明"}
    (tmp_path / "wavs/manifest.jsonl").write_text(json.dumps(entry) + "\n")
    found = read_labels(tmp_path / "wavs", "en")
    assert (found["a"].text, found["b"].text, found["b"].language) == ("From a text file.", "Doctor B", "en")
    assert (found["c"].text, found["c"].language, found["c"].emotion) == ("你好", "zh", "happy")


@pytest.mark.parametrize(
    ("name", "content"),
    [("metadata.csv", "only an id"), ("manifest.jsonl", '{"text": "no file"}'), ("manifest.jsonl", "{")],
)
def test_labels_that_cannot_be_read_are_named_by_line(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=rf"{name}:1: expected"):
        read_labels(tmp_path)


def test_a_corpus_brings_its_own_labels(folders: dict[str, Path]) -> None:
    audio = folders["recordings"] / "ann/0.wav"
    utterance = Utterance(id="ann/0", audio=audio, speaker="Ann", language="de", text="Ja.", emotion="sad", end=1.0)
    system, _ = match({"good": folders["good"]}, of_corpus([utterance])).systems
    (clip,) = system.clips
    assert (clip.labels.speaker, clip.labels.language, clip.labels.text, clip.labels.emotion) == (
        "Ann",
        "de",
        "Ja.",
        "sad",
    )
    assert clip.recording is not None
    assert len(clip.recording.load(8_000)) == 8_000
