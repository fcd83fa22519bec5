"""The voice that ships with the project, where this tree has it."""

from __future__ import annotations

import csv

import pytest

from voiceclone import VoiceCloner
from voiceclone.checkpoints.find import VOICES

DEMO = VOICES / "demo"
pytestmark = pytest.mark.skipif(not (DEMO / "voice.yaml").is_file(), reason="no voice ships with this tree")


@pytest.fixture(scope="module")
def voice() -> VoiceCloner:
    return VoiceCloner.from_pretrained("demo")


def test_it_is_small_and_says_what_it_was_made_of() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) <= 12e6
    card = (DEMO / "README.md").read_text("utf-8")
    for needed in ("CC0 1.0", "none needed", "python train.py experiment=emotion_tts", "PESQ", "half precision"):
        assert needed in card, needed
    assert "ravdess" not in card.lower()
    assert "paths." not in card


def test_it_speaks_every_line_of_the_demo_without_losing_its_way(voice: VoiceCloner) -> None:
    with (VOICES / "demo.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    plans = [voice.plan(row["text"], emotion=row["emotion"], language=row["language"]) for row in rows]
    spoken = voice.speak_all(plans, seed=1234)
    assert [sentence for speech in spoken for sentence in speech.failed] == []


def test_its_mandarin_speakers_speak_mandarin_with_feeling(voice: VoiceCloner) -> None:
    speakers = [name for name, entry in voice.bundle.speakers.items() if "zh" in entry.languages]
    assert speakers
    plans = [voice.plan("今天天气很好。", speaker=name, emotion="开心") for name in speakers]
    assert not any(speech.failed for speech in voice.speak_all(plans))
