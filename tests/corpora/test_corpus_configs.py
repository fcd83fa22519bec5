"""Every conf/corpus file by itself: one key, a reader, and on real recordings the counts that their owners state."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from voiceclone.data.corpora import CorpusReader
from voiceclone.models.emotion.labels import LABELS

CONF = Path(__file__).resolve().parents[2] / "conf" / "corpus"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))


def reader(name: str, data: Path) -> CorpusReader:
    config = OmegaConf.merge({"paths": {"data": str(data)}}, OmegaConf.load(CONF / f"{name}.yaml"))
    return instantiate(config)[name]


def test_every_corpus_of_the_design_has_a_config() -> None:
    assert set(NAMES) >= {
        "demo", "ljspeech", "kathleen", "vctk", "libritts", "librispeech", "esd", "ravdess", "emodb", "crema_d",
        "aishell", "aishell3", "speechocean762", "folder", "manifest",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_config_is_one_key_that_builds_a_reader_below_paths_data(name: str, tmp_path: Path) -> None:
    assert list(OmegaConf.load(CONF / f"{name}.yaml")) == [name]
    built = reader(name, tmp_path)
    assert isinstance(built, CorpusReader)
    assert tmp_path in (built.root, built.root.parent)
    assert set(built.emotions) <= set(LABELS)
    assert built.languages


COUNTS = {
    "ljspeech": 26, "kathleen": 611, "librispeech": 64, "speechocean762": 376, "vctk": 29, "ravdess": 360,
    "emodb": 237, "aishell": 114, "aishell3": 24,
}  # fmt: skip
BY_SPEAKER = ("librispeech", "speechocean762", "ravdess", "aishell3")


@pytest.mark.shared
@pytest.mark.parametrize("name", COUNTS)
def test_a_real_corpus_gives_every_clip_with_its_words(name: str, shared: Path) -> None:
    corpus = reader(name, shared / "data")
    clips = list(corpus)
    assert (len(clips), corpus.found, corpus.skipped) == (COUNTS[name], COUNTS[name], [])
    assert len({clip.id for clip in clips}) == len(clips)
    assert all(clip.text and clip.audio.is_file() for clip in clips)
    assert {clip.emotion for clip in clips} - {None} <= set(corpus.emotions)
    assert {clip.language for clip in clips} <= set(corpus.languages)


@pytest.mark.shared
@pytest.mark.parametrize("name", COUNTS)
def test_a_real_corpus_has_something_in_every_split_and_the_same_every_time(name: str, shared: Path) -> None:
    corpus = reader(name, shared / "data")
    splits = {clip.id: clip.split for clip in corpus}
    assert set(splits.values()) == {"train", "validation", "test"}
    assert Counter(splits.values())["train"] > len(splits) / 2
    assert {clip.id: clip.split for clip in corpus} == splits


@pytest.mark.shared
@pytest.mark.parametrize("name", BY_SPEAKER)
def test_a_speaker_is_in_one_split_only(name: str, shared: Path) -> None:
    pairs = {(clip.speaker, clip.split) for clip in reader(name, shared / "data")}
    assert len(pairs) == len({speaker for speaker, _ in pairs})


@pytest.mark.shared
@pytest.mark.parametrize(("name", "speakers"), [("vctk", {"p225"}), ("emodb", {"11", "14"})])
def test_held_out_speakers_are_never_trained_on(name: str, speakers: set[str], shared: Path) -> None:
    clips = list(reader(name, shared / "data"))
    assert {clip.split for clip in clips if clip.speaker in speakers} == {"test"}
    assert speakers == {clip.speaker for clip in clips if clip.split == "test"}


@pytest.mark.shared
def test_kathleen_has_fifty_test_prompts_spread_over_both_sets(shared: Path) -> None:
    held_out = [clip.id for clip in reader("kathleen", shared / "data") if clip.split == "test"]
    assert len(held_out) == 50
    assert Counter(name[7] for name in held_out) == {"a": 26, "b": 24}


@pytest.mark.shared
def test_speechocean762_holds_out_a_fifth_of_its_speakers(shared: Path) -> None:
    clips = list(reader("speechocean762", shared / "data"))
    held_out = {clip.speaker for clip in clips if clip.split == "test"}
    assert len(held_out) / len({clip.speaker for clip in clips}) == pytest.approx(0.2, abs=0.02)
    assert {clip.extra["gender"] for clip in clips if clip.split == "test"} == {"f", "m"}
