"""The judge of emotions: what it hears, what it learns, and how it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from voiceclone.audio import io
from voiceclone.data.utterance import Utterance
from voiceclone.errors import AudioError, CheckpointError, ConfigError, DataError
from voiceclone.evaluation.emotion.features import describe
from voiceclone.evaluation.emotion.judge import EmotionJudge, load_judge, save_judge
from voiceclone.evaluation.emotion.listeners import listener_shares
from voiceclone.evaluation.emotion.training import Heard, fit, in_words, listen, train_judge
from voiceclone.metrics.emotion import EmotionAccuracy

RATE = 16_000
LABELS = ("angry", "sad")
Voice = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def taught() -> tuple[Heard, EmotionJudge]:
    """A judge that learnt from six speakers, each with an own offset, whose emotions differ in a few features."""
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 60)
    speakers = np.repeat([f"corpus/{i}" for i in range(6)], 20)
    offsets = np.repeat(rng.normal(0, 1, (6, 10)), 20, axis=0)
    features = rng.normal(0, 1, (120, 3, 10)) + offsets[:, None]
    features[:, :, :3] += 2.5 * labels[:, None, None]
    heard = Heard(
        torch.tensor(features, dtype=torch.float32), torch.tensor(labels), speakers,
        np.isin(speakers, ["corpus/4", "corpus/5"]), np.full(120, "corpus"),
    )  # fmt: skip
    return heard, train_judge(heard, LABELS)


def test_the_level_of_a_recording_tells_nothing(voice: Voice) -> None:
    loud = voice(150.0)
    np.testing.assert_allclose(describe(loud, RATE), describe(0.1 * loud, RATE), rtol=1e-2, atol=1e-2)


def test_a_higher_voice_sounds_higher(voice: Voice) -> None:
    low, high = (describe(voice(pitch), RATE)[0] for pitch in (120.0, 240.0))
    assert high - low == pytest.approx(np.log(2), abs=0.05)


@pytest.mark.parametrize(
    "wave", [np.zeros(RATE), np.ones(100) * 0.1, 0.1 * np.random.default_rng(0).standard_normal(RATE)]
)
def test_without_speech_there_is_no_emotion(wave: np.ndarray) -> None:
    with pytest.raises(AudioError, match="too little"):
        describe(wave.astype(np.float32), RATE)


def test_it_learns_and_reports_on_speakers_it_never_heard(taught: tuple[Heard, EmotionJudge]) -> None:
    heard, judge = taught
    report = judge.report
    assert report["held_out_speakers"] == ["corpus/4", "corpus/5"]
    assert report["held_out"]["n"] == int(heard.held_out.sum()) == 40
    assert report["held_out"]["accuracy"] > 0.85
    assert report["held_out"]["low"] < report["held_out"]["accuracy"] < report["held_out"]["high"]
    assert np.array(report["cross_validation"]["confusion"]).sum() == 120
    assert "of 40 clips by 2 speakers held out" in in_words(report)


def test_held_out_speakers_teach_it_nothing(taught: tuple[Heard, EmotionJudge]) -> None:
    heard, judge = taught
    again = fit(*heard.where(~heard.held_out), len(LABELS), seed=0)
    torch.testing.assert_close(judge.network.state_dict(), again.state_dict())


def test_it_is_kept_with_its_report(taught: tuple[Heard, EmotionJudge], tmp_path: Path) -> None:
    heard, judge = taught
    save_judge(judge, tmp_path / "judge.safetensors")
    loaded = load_judge(tmp_path / "judge.safetensors")
    assert (loaded.labels, loaded.report) == (judge.labels, judge.report)
    torch.testing.assert_close(loaded.network(heard.features[:, 0]), judge.network(heard.features[:, 0]))
    assert EmotionAccuracy(RATE, loaded).edition == loaded.edition != ""


def test_a_judge_missing_or_damaged_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"train_emotion_judge=true corpus=\[ravdess,emodb\]"):
        load_judge(tmp_path / "none")
    (tmp_path / "damaged").write_bytes(b"not safetensors at all")
    with pytest.raises(CheckpointError, match="not an emotion classifier"):
        load_judge(tmp_path / "damaged")


def test_a_judge_without_its_own_accuracy_is_refused(taught: tuple[Heard, EmotionJudge], tmp_path: Path) -> None:
    _, judge = taught
    save_judge(replace(judge, report={**judge.report, "by_corpus": {"corpus": 0.7}}), tmp_path / "judge.safetensors")
    with pytest.raises(CheckpointError, match="Train it again"):
        load_judge(tmp_path / "judge.safetensors")


def test_listening_skips_what_cannot_be_heard_and_misses_no_label(tmp_path: Path, voice: Voice) -> None:
    waves = {"a": voice(150.0), "b": np.zeros(RATE), "c": voice(200.0)}
    clips = []
    for (name, wave), emotion in zip(waves.items(), ("angry", "angry", "sad"), strict=True):
        io.save(tmp_path / f"{name}.wav", wave, RATE)
        clips.append(Utterance(id=name, audio=tmp_path / f"{name}.wav", speaker=name, language="en", emotion=emotion))
    heard = listen({"corpus": clips}, LABELS)
    assert heard.labels.tolist() == [0, 1]
    assert heard.speakers.tolist() == ["corpus/a", "corpus/c"]
    with pytest.raises(DataError, match="no clip of corpus is labelled bored"):
        listen({"corpus": clips}, (*LABELS, "bored"))


def test_listeners_shares_come_with_binomial_intervals(tmp_path: Path) -> None:
    table = tmp_path / "test.csv"
    table.write_text("file,recognised_percent,natural_percent\n03a01Wa,90,50\n03a02Wb,100,50\n03a01Ta,50,50\n")
    shares = listener_shares(table)
    assert shares["angry"] == pytest.approx({"accuracy": 38 / 40, "low": 0.835, "high": 0.986, "n": 40}, abs=1e-3)
    assert shares["sad"] == pytest.approx({"accuracy": 0.5, "low": 0.299, "high": 0.701, "n": 20}, abs=1e-3)
    table.write_text("file,recognised_percent\n03a01Xa,90\n")
    with pytest.raises(DataError, match=r"test\.csv:2: expected"):
        listener_shares(table)


@pytest.mark.shared
def test_the_twenty_listeners_of_emodb(shared: Path) -> None:
    shares = listener_shares(shared / "data/emodb/listening_test.csv")
    assert shares.keys() == {"angry", "happy", "neutral", "sad"}
    for emotion, found in shares.items():
        assert 0.85 < found["low"] < found["accuracy"] < found["high"] < 1, emotion
        assert found["n"] % 20 == 0, emotion


@pytest.mark.slow
@pytest.mark.shared
def test_it_recognises_emotions_of_people_it_never_heard(shared: Path) -> None:
    from voiceclone.data.corpora import RAVDESS, EmoDB

    labels = ("angry", "happy", "neutral", "sad")
    ravdess = RAVDESS(shared / "data/RAVDESS", held_out_speakers=["Actor_11", "Actor_12"])
    emodb = EmoDB(shared / "data/emodb", held_out_speakers=["11", "14"])
    report = train_judge(listen({"ravdess": ravdess, "emodb": emodb}, labels, processes=2), labels).report
    assert report["held_out"]["accuracy"] >= 0.6
    assert report["cross_validation"]["accuracy"] >= 0.66
    assert report["by_corpus"]["ravdess"]["accuracy"] >= 0.55
