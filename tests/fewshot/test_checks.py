"""Advice on what to record again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from made_speech import RATE, chords, speech

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.io import load
from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
from voiceclone.data.fewshot import checks
from voiceclone.data.fewshot.guide import GUIDE
from voiceclone.models.speaker.embedding import SpeakerEmbedder


def kinds(waves: dict[str, np.ndarray], windows: checks.Windows | None = None) -> dict[str, checks.Finding]:
    measured = {name: checks.measure(wave, RATE, windows) for name, wave in waves.items()}
    return {finding.kind: finding for finding in checks.findings(measured)}


def two_people(wave: np.ndarray, rate: int) -> torch.Tensor:
    """An ear that hears one person in the first half and another in the second."""
    torch.manual_seed(0)
    who = torch.eye(16)[torch.tensor([0] * 9 + [1] * 9)]
    return torch.nn.functional.normalize(who + 0.02 * torch.randn(18, 16), dim=1)


def one_person(wave: np.ndarray, rate: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.nn.functional.normalize(torch.eye(16)[[0] * 18] + 0.1 * torch.randn(18, 16), dim=1)


def test_a_good_recording_is_not_complained_of() -> None:
    assert kinds({"good": speech(50)}, one_person) == {}


def test_ten_seconds_are_warned_of_and_five_refused() -> None:
    little = kinds({"short": speech(24)})["length"]
    assert "record 30 s at least" in str(little)
    assert not little.stops
    none = kinds({"shorter": speech(6)})["length"]
    assert "6 s are the least" in str(none)
    assert none.stops


def test_two_people_in_one_file() -> None:
    found = kinds({"interview": speech(20)}, two_people)["voices"]
    assert found.stops
    assert str(found).startswith("interview: two people speak in it. Cut out the parts of one person")


def test_two_people_in_two_files() -> None:
    halves = {1: two_people(np.zeros(1), RATE)[:9], 2: two_people(np.zeros(1), RATE)[9:]}
    waves = [(np.ones(number, dtype=np.float32), RATE) for number in halves]
    finding = checks.voices_of_all(waves, lambda wave, rate: halves[len(wave)])
    assert finding is not None
    assert "of two people" in finding.words
    assert checks.voices_of_all([(np.ones(1), RATE)], one_person) is None


def test_music_behind_the_voice() -> None:
    wave = speech(20)
    found = kinds({"radio": wave + chords(len(wave), 0.1)})["music"]
    assert found.stops
    assert "Switch it off and record again" in found.words


def test_noise_and_clipping_get_advice_and_do_not_stop() -> None:
    wave = speech(20)
    noisy = wave + 0.03 * np.random.default_rng(0).standard_normal(len(wave)).astype(np.float32)
    found = kinds({"street": noisy, "loud": np.clip(10 * wave, -1, 1)})
    assert "dB above the noise" in found["noise"].words
    assert "with less gain" in found["clipping"].words
    assert not found["noise"].stops
    assert not found["clipping"].stops


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        (["It works.", "We went home."], "no questions"),
        (["今天天气很好。", "我们走吧！"], "no questions"),
        (["Does it work?", "Who is there?"], "no statements"),
        (["It works.", "Does it?"], None),
        (["今天天气很好，你打算出门吗？", "我们走吧。"], None),
        (["words of a recogniser", "without any marks"], None),
        ([], None),
    ],
)
def test_statements_and_questions_must_both_be_there(texts: list[str], missing: str | None) -> None:
    finding = checks.kinds_of_sentences(texts)
    assert (finding is None) == (missing is None)
    assert missing is None or missing in str(finding)


def test_the_table_names_every_recording_and_what_is_good() -> None:
    table = checks.table({"a": checks.measure(speech(8), RATE)})
    assert "| a | " in table
    assert "15 dB or more" in table


def test_the_guide_is_in_both_languages() -> None:
    for words in (
        "30 seconds",
        "16 kHz",
        "mono",
        "quiet room",
        "questions",
        "单声道",
        "安静",
        "疑问句",
        "你打算出门吗",
    ):
        assert words in GUIDE


@pytest.mark.shared
def test_two_real_people_are_told_from_one(shared: Path) -> None:
    pytest.importorskip("resemblyzer")
    settings = {"log": "none", "power": 2, "padding": "center", "pad_mode": "constant"}
    contract = AudioContract(RATE, 400, 160, 400, 40, 0, 8000, **settings)  # type: ignore[arg-type]
    ear = SpeakerEmbedder(resemblyzer_encoder(), contract)
    folders = [sorted((shared / "data/VCTK-Corpus/wav48" / who).glob("*"))[:3] for who in ("p225", "p226")]
    her, him = (np.concatenate([load(path, RATE)[0] for path in paths]) for paths in folders)
    found = kinds({"her": her, "both": np.concatenate([her, him])}, ear.windows)
    assert found["voices"].where == "both"
