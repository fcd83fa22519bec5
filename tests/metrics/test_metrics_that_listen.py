"""Metrics that are handed somebody who listens: a speaker encoder, a recogniser, an emotion classifier."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from voiceclone.errors import ConfigError
from voiceclone.metrics.clip import Unscorable
from voiceclone.metrics.dnsmos import PredictedMOS
from voiceclone.metrics.emotion import EmotionAccuracy
from voiceclone.metrics.recognisers import PocketSphinx, Whisper
from voiceclone.metrics.similarity import SpeakerSimilarity
from voiceclone.metrics.words import CharacterErrorRate, WordErrorRate, spelled

RATE = 16_000
WAVE = np.linspace(-0.5, 0.5, RATE, dtype=np.float32)


class Listener:
    """Answers the same to everything, and counts how often it was asked."""

    languages, labels = ("en",), ("happy", "sad")

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, 0

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        self.asked += 1
        return self.answer


def test_words_count_by_clip_length() -> None:
    metric = WordErrorRate(RATE, Listener("one two three"))
    metric.update([WAVE, WAVE], ["One, two, three!", "four"])
    assert float(metric.compute()) == pytest.approx((0 + 3) / 4)


def test_characters_do_not_count_spaces() -> None:
    assert CharacterErrorRate(RATE, Listener("with out")).judge(WAVE, "without") == 0
    assert CharacterErrorRate(RATE, Listener("你好吗")).judge(WAVE, "你好！") == pytest.approx(1 / 2)


def test_two_metrics_with_one_recogniser_let_it_listen_once() -> None:
    listener = Listener("hello")
    assert [metric(RATE, listener).judge(WAVE, "hello") for metric in (WordErrorRate, CharacterErrorRate)] == [0, 0]
    assert listener.asked == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("It's 'fine' — really.", "it's 'fine' really"), ("你好 world", "你 好 world"), ("...", ""), ("Grüße", "grüße")],
)
def test_spelling_for_comparison(text: str, words: str) -> None:
    assert spelled(text) == words


def test_a_text_without_words_has_no_error_rate() -> None:
    with pytest.raises(Unscorable, match="no words"):
        WordErrorRate(RATE, Listener("hello")).judge(WAVE, "?!")


def test_emotions_meant_and_heard() -> None:
    metric = EmotionAccuracy(RATE, Listener("happy"))
    metric.update([WAVE, WAVE, WAVE], ["happy", "sad", "disgust"])
    assert float(metric.compute()) == 0.5
    assert metric.skipped == 1
    assert metric.observe(WAVE) == "happy"
    with pytest.raises(Unscorable, match="knows happy, sad, not 'disgust'"):
        metric.judge(WAVE, "disgust")


def test_similarity_is_a_cosine() -> None:
    metric = SpeakerSimilarity(RATE, lambda wave, rate: np.array([len(wave) > RATE, 3.0]))
    longer = np.concatenate([WAVE, WAVE])
    assert metric.judge(WAVE, WAVE) == pytest.approx(1)
    assert metric.judge(WAVE, longer) == pytest.approx(3 / np.sqrt(10))
    assert metric.observe(WAVE) == [0, 3]


@pytest.mark.parametrize(
    ("package", "build"),
    [
        ("jiwer", lambda: WordErrorRate(RATE, Listener(""))),
        ("pocketsphinx", PocketSphinx),
        ("speechmos", lambda: PredictedMOS(RATE)),
    ],
)
def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, package: str, build: object) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("voiceclone.metrics.packages.find_spec", lambda name: None if name == package else found(name))
    with pytest.raises(ConfigError, match=rf"needs the package {package}: pip install 'voiceclone\[eval\]'"):
        build()  # type: ignore[operator]


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("voiceclone.metrics.dnsmos.require", lambda *_: tmp_path)
    with pytest.raises(ConfigError, match="weights are missing at"):
        PredictedMOS(RATE)


def test_whisper_needs_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceclone.metrics.recognisers.require", lambda *_: Path())
    with pytest.raises(ConfigError, match="no folder at missing"):
        Whisper("missing")
