"""Recordings become a store; what does not change is not done again; what is killed goes on."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from toy_corpus import CONTRACT, ENCODER, SETTINGS, ListedCorpus, prepare, record, speechlike, utterance

from voiceclone.audio.mel import MelSpectrogram
from voiceclone.data.prepare_corpus import prepare_corpus
from voiceclone.data.prepare_workers import Workers
from voiceclone.data.store import Store, mel_name
from voiceclone.data.store_table import metadata_table
from voiceclone.errors import ConfigError, DataError

AS_RECORDED = replace(SETTINGS, loudness="none", trim=False)


def corpus(folder: Path, n: int, **fields: object) -> list:
    return [utterance(record(folder / f"clip{i}.wav", seed=i), **fields) for i in range(n)]


def test_features_are_those_of_the_stored_samples(tmp_path: Path) -> None:
    source = record(tmp_path / "a.wav", seconds=2.0)
    store, _, _ = prepare(tmp_path / "s", [utterance(source, text="Hello there.")], AS_RECORDED)
    clip, wave = store[0].arrays, soundfile.read(source, dtype="float32")[0]
    stored = clip["wave"].astype(np.float32) / 32768
    np.testing.assert_allclose(stored, wave - wave.mean(), atol=2e-5)
    mel = MelSpectrogram(CONTRACT)(torch.from_numpy(stored)[None])[0].T.numpy()
    np.testing.assert_allclose(clip[mel_name(CONTRACT)], mel, atol=1e-5)
    assert len(mel) == len(clip["f0"]) == len(clip["energy"]) == CONTRACT.n_frames(len(wave))
    assert 100 < np.median(clip["f0"][clip["f0"] > 0]) < 220
    assert clip[mel_name(ENCODER)].shape[1] == ENCODER.n_mels
    assert len(clip["symbols"]) > 5
    assert store[0].seconds == 2.0


def test_silence_is_trimmed_but_for_the_margin(tmp_path: Path) -> None:
    store, _, _ = prepare(tmp_path / "s", [utterance(record(tmp_path / "a.wav", seconds=3.0))])
    assert 2.3 < store[0].seconds < 2.8


def test_a_clip_without_words_has_no_symbols(tmp_path: Path) -> None:
    store, _, _ = prepare(tmp_path / "s", [utterance(record(tmp_path / "a.wav"))])
    assert store.lengths("symbols").tolist() == [0]


def test_start_and_end_cut_the_clip_out_of_its_file(tmp_path: Path) -> None:
    source = record(tmp_path / "a.wav", seconds=4.0)
    store, _, _ = prepare(tmp_path / "s", [utterance(source, start=1.0, end=2.5)], AS_RECORDED)
    assert store[0].seconds == 1.5


def test_the_report_counts_what_there_is(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 3, emotion="happy")
    clips[0] = replace(clips[0], speaker="bert", emotion=None, split="test", language="zh")
    store, report, _ = prepare(tmp_path / "s", clips)
    assert (report.found, report.kept, report.skipped) == (3, 3, [])
    assert report.speakers == {"anna": 2, "bert": 1}
    assert (report.emotions, report.languages) == ({"happy": 2}, {"en": 2, "zh": 1})
    assert report.splits == {"test": 1, "train": 2}
    assert report.hours == pytest.approx(sum(item.seconds for item in store) / 3600, abs=1e-4)
    assert metadata_table(store)["speaker"] == ["bert", "anna", "anna"]


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 3)
    store, first, _ = prepare(tmp_path / "s", clips)
    files = {path: path.stat().st_mtime_ns for path in store.path.rglob("*.bin")}
    again, second, jobs = prepare(tmp_path / "s", clips)
    assert jobs == 0
    assert {path: path.stat().st_mtime_ns for path in store.path.rglob("*.bin")} == files
    assert again.generation == store.generation
    assert (second.kept, second.hours, second.prepared_hours) == (3, first.hours, 0)


def test_new_files_cost_only_themselves(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 5)
    prepare(tmp_path / "s", clips[:3])
    store, _, jobs = prepare(tmp_path / "s", clips)
    assert jobs == 2
    assert [item.id for item in store] == [clip.id for clip in clips]


def test_a_file_that_changed_is_prepared_again_and_one_that_is_gone_leaves(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 3)
    old, _, _ = prepare(tmp_path / "s", clips)
    record(clips[1].audio, seconds=2.5, seed=9)
    store, _, jobs = prepare(tmp_path / "s", clips[:2])
    assert jobs == 1
    assert [item.id for item in store] == ["clip0", "clip1"]
    assert store[1].seconds > old[1].seconds + 0.5
    assert store[0].revision == old[0].revision != store[1].revision


def test_a_new_transcript_is_read_again_but_a_new_split_only_noted(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 2, text="one")
    prepare(tmp_path / "s", clips)
    store, _, jobs = prepare(tmp_path / "s", [replace(clips[0], text="one two three"), replace(clips[1], split="test")])
    assert jobs == 1
    assert len(store[0].symbols) > len(store[1].symbols)
    assert store[1].split == "test"


def test_other_settings_make_another_store(tmp_path: Path) -> None:
    contract = replace(CONTRACT, n_mels=30)
    others = [replace(SETTINGS, audio=contract), replace(SETTINGS, trim=False), replace(SETTINGS, lufs=-20.0)]
    folders = {settings.folder(tmp_path, "toy") for settings in [SETTINGS, *others]}
    assert len(folders) == 4
    assert SETTINGS.folder(tmp_path, "toy") == replace(SETTINGS).folder(tmp_path, "toy")


def test_a_stopped_run_goes_on_and_ends_with_the_same_store(tmp_path: Path) -> None:
    clips = corpus(tmp_path, 6, text="hello")
    done = []

    def stop_after_three(added: int, finished: int) -> None:
        done.append(finished)
        if sum(done) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_corpus("toy", ListedCorpus(clips), SETTINGS, tmp_path / "stopped", Workers(0), stop_after_three)
    with pytest.raises(DataError, match="no prepared store"):
        Store(SETTINGS.folder(tmp_path / "stopped", "toy"))
    stopped, _, jobs = prepare(tmp_path / "stopped", clips)
    whole, _, _ = prepare(tmp_path / "whole", clips)
    assert jobs == 4  # the clip under way when it stopped is done again
    for one, other in zip(stopped, whole, strict=True):
        assert one.id == other.id
        for name in whole.specs:
            np.testing.assert_array_equal(one.arrays[name], other.arrays[name])


def test_clips_that_overlap_held_out_audio_are_left_out(tmp_path: Path) -> None:
    source = record(tmp_path / "long.wav", seconds=6.0)
    held_out = utterance(source, id="judge", start=2.0, end=4.0, split="test")
    spans = {"before": (0.0, 2.0), "across": (3.0, 5.0), "after": (4.0, 6.0)}
    clips = [utterance(source, id=name, start=start, end=end) for name, (start, end) in spans.items()]
    store, report, _ = prepare(tmp_path / "s", [*clips, held_out])
    assert [item.id for item in store] == ["before", "after", "judge"]
    assert [(skip.id, "overlaps 'judge'" in skip.reason) for skip in report.skipped] == [("across", True)]


def test_long_recordings_without_words_are_cut_into_pieces(tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    soundfile.write(path, np.concatenate([speechlike(4.0, seed) for seed in range(15)]), 16000)
    store, report, _ = prepare(tmp_path / "s", [utterance(path, speaker="carla")])
    assert report.found == 1
    assert 8 <= report.kept == len(store) <= 30
    assert all(0.5 < item.seconds <= 10.3 and item.speaker == "carla" for item in store)
    assert store[0].id == "talk#0000"
    _, _, jobs = prepare(tmp_path / "s", [utterance(path, speaker="carla")])
    assert jobs == 0


def test_people_become_equally_loud_and_keep_their_own_differences(tmp_path: Path) -> None:
    levels = {"loud": (0.02, 0.2), "quiet": (0.002, 0.02)}
    clips = [
        utterance(record(tmp_path / f"{who}{i}.wav", seed=i, level=level), speaker=who)
        for who, both in levels.items()
        for i, level in enumerate(both)
    ]

    def loudest(loudness: str) -> dict[str, float]:
        store, _, _ = prepare(tmp_path / loudness, clips, replace(SETTINGS, loudness=loudness))
        return {item.id: 20 * np.log10(np.abs(item.arrays["wave"].astype(float)).max()) for item in store}

    by_speaker = loudest("speaker")
    assert by_speaker["loud1"] == pytest.approx(by_speaker["quiet1"], abs=0.5)
    assert by_speaker["loud1"] - by_speaker["loud0"] == pytest.approx(20, abs=0.5)
    by_clip = loudest("clip")
    assert by_clip["loud1"] == pytest.approx(by_clip["loud0"], abs=1.5)
    by_corpus = loudest("corpus")
    assert by_corpus["loud1"] - by_corpus["quiet0"] == pytest.approx(40, abs=0.5)


def test_a_speaker_keeps_the_gain_that_was_found_first(tmp_path: Path) -> None:
    first = utterance(record(tmp_path / "a.wav", level=0.01))
    store, _, _ = prepare(tmp_path / "s", [first])
    before = store[0].arrays["wave"].copy()
    store, _, _ = prepare(tmp_path / "s", [first, utterance(record(tmp_path / "b.wav", level=0.025))])
    np.testing.assert_array_equal(store[0].arrays["wave"], before)
    assert int(np.abs(store[1].arrays["wave"]).max()) > 2 * int(np.abs(before).max())


def test_no_clip_is_driven_into_clipping(tmp_path: Path) -> None:
    clips = [utterance(record(tmp_path / f"{i}.wav", level=0.005 * 40 ** (i == 3), seed=i)) for i in range(4)]
    store, _, _ = prepare(tmp_path / "s", clips, replace(SETTINGS, lufs=-12.0))
    peaks = [np.abs(item.arrays["wave"].astype(int)).max() / 32768 for item in store]
    assert max(peaks) == pytest.approx(10 ** (-1 / 20), abs=0.01)


def test_a_corpus_of_which_nothing_can_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"toy: none of its 1 clips can be used. The first: .*a.wav"):
        prepare(tmp_path / "s", [utterance(tmp_path / "a.wav")])


def test_a_store_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a file in the way")
    with pytest.raises(DataError, match=r"cannot write the store here .* Set paths.store"):
        prepare(tmp_path / "s", corpus(tmp_path, 1))


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may write anywhere")
def test_a_read_only_store_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o555)
    with pytest.raises(DataError, match="cannot write the store here"):
        prepare(tmp_path / "s", corpus(tmp_path, 1))


@pytest.mark.parametrize(
    "wrong", [{"loudness": "loud"}, {"mel_dtype": "int8"}, {"shortest": 40.0}, {"slice_longest": 3.0}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict) -> None:
    with pytest.raises(ConfigError):
        replace(SETTINGS, **wrong)
