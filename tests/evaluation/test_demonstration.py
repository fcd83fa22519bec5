"""What is measured of a voice at the end of its making."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voiceclone import VoiceCloner
from voiceclone.audio.io import save
from voiceclone.evaluation.clips import Labels, Recording
from voiceclone.evaluation.demonstration import Sample, demonstrate, write_demonstration
from voiceclone.evaluation.references import Reference
from voiceclone.evaluation.spoken_prosody import Measured, changes, measure_recordings


def hum(folder: Path, name: str, pitch: float) -> Reference:
    time = np.arange(2 * 16000) / 16000
    wave = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 12)) * (0.6 + 0.4 * np.sin(8 * np.pi * time))
    save(folder / f"{name}.wav", (0.1 * wave).astype(np.float32), 16000)
    return Reference(Recording(folder / f"{name}.wav"), Labels("hum", "en", name.split("_")[0]))


@pytest.fixture(scope="module")
def voice(voice_folder: Path) -> VoiceCloner:
    return VoiceCloner.from_pretrained(voice_folder)


def test_a_demonstration_measures_likeness_emotions_and_the_vocoder(voice: VoiceCloner, tmp_path: Path) -> None:
    references = {name: hum(tmp_path, name, f0) for name, f0 in (("anna_1", 220), ("bob_1", 110), ("eva_1", 180))}
    samples = []
    for emotion in voice.bundle.emotions:
        speech = voice.speak("It works.", speaker="anna", emotion=emotion)
        samples.append(Sample(tmp_path / f"anna_{emotion}.wav", "anna", "en", emotion, speech))
    cloned = voice.speak("It works.", tmp_path / "eva_1.wav")
    samples.append(Sample(tmp_path / "cloned.wav", "eva", "en", None, cloned, cloned=True))

    def judge(wave: np.ndarray, rate: int) -> np.ndarray:
        """An ear for the strongest of three frequencies."""
        return np.eye(3)[int(np.argmax(np.abs(np.fft.rfft(wave))[:3000])) % 3]

    prepared = acted(voice.bundle.emotions)
    found = demonstrate(voice, samples, references, references, judge, n_copies=2, prepared=prepared)  # type: ignore[arg-type]
    assert set(found.mos) == {*voice.bundle.emotions, "speech", "copy synthesis", "recordings"}
    assert all(1 <= opinion.mean <= 5 for opinion in found.mos.values())
    assert (found.mos["happy"].n, found.mos["copy synthesis"].n) == (1, 2)
    assert set(found.pesq) == {"anna_1", "bob_1"}
    assert {name: likeness.n for name, likeness in found.likeness.items()} == {"anna": 3, "eva": 1}
    assert found.likeness["eva"].cloned
    assert list(found.emotions) == voice.bundle.emotions
    assert found.emotions["neutral"].rate == 0
    markdown = write_demonstration(found, tmp_path, "A voice")
    assert f"| happy | 1 | {int(samples[1].failed)} | {found.mos['happy'].mean:.2f} |" in markdown
    assert "| happy, recorded | 1 |" in markdown
    assert f"of 2 of these copies: {found.mos['copy synthesis'].mean:.2f}; of the recordings: " in markdown
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["figures"]["copy_synthesis_pesq"] >= 1
    assert report["mos"]["happy"]["n"] == 1
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.count("<audio") == 4
    assert page.count("data:image/png") == 2


def test_without_time_every_group_is_heard_once_and_without_a_judge_the_report_says_so(
    voice: VoiceCloner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = voice.speak("It works.", speaker="anna")
    samples = [
        Sample(tmp_path / f"{number}.wav", "anna", "en", emotion, speech)
        for emotion in ("neutral", "happy")
        for number in range(3)
    ]
    copied = {"anna_1": hum(tmp_path, "anna_1", 220), "bob_1": hum(tmp_path, "bob_1", 110)}
    found = demonstrate(voice, samples, copied, {}, seconds_left=lambda: 0.0)
    assert {opinion.n for opinion in found.mos.values()} == {1}
    assert "Predicted MOS: of 1 of the samples of each emotion, there was no time for more." in found.remarks
    monkeypatch.setattr("voiceclone.metrics.packages.find_spec", lambda package: None)
    found = demonstrate(voice, samples, copied, {})
    assert found.mos == {}
    assert any(remark.startswith("No predicted MOS: DNSMOS needs the package onnxruntime") for remark in found.remarks)
    markdown = write_demonstration(found, tmp_path, "A voice")
    assert "| happy | 3 | 0 | – |" in markdown or "| happy | 3 | 3 | – |" in markdown
    assert "No predicted MOS" in markdown


def test_a_change_is_against_the_same_speakers_neutral() -> None:
    spoken = [
        Measured("low", "neutral", 100, 4, -20, 10, False), Measured("low", "happy", 200, 8, -14, 12, False),
        Measured("high", "neutral", 300, 6, -20, 10, False), Measured("high", "happy", 300, 6, -20, 10, True),
        Measured("whisper", "happy", float("nan"), float("nan"), -40, 10, False),
    ]  # fmt: skip
    change = changes(spoken)["happy"]
    assert (change.n, change.failures) == (3, 1)
    assert (change.f0, change.pitch, change.pitch_range) == (250, pytest.approx(6), 2)
    assert (change.level, change.rate) == (3, pytest.approx(10))


class Prepared(list):
    """Clips as a store gives them."""

    def fields(self, row: int) -> dict[str, Any]:
        return self[row][0]

    def read(self, array: str, row: int) -> np.ndarray:
        return self[row][1][array]


def prepared_clip(
    pitch: float, emotion: str | None, symbols: int = 20, levelled: bool = False
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    contour = np.where(np.arange(200) % 2 == 0, pitch, 0).astype(np.float32)
    fields = {"speaker": "anna", "emotion": emotion, "seconds": 2.0, "extra": {"levelled": levelled}}
    arrays = {"f0": contour, "energy": np.full(200, -20 + pitch / 100, np.float32), "symbols": np.ones(symbols)}
    return fields, arrays


def acted(emotions: list[str]) -> Prepared:
    return Prepared(prepared_clip(200, emotion) for emotion in emotions)


def test_recordings_are_measured_as_speech_is_and_against_the_mean_of_neutral() -> None:
    clips = Prepared([prepared_clip(100, "neutral"), prepared_clip(400, "neutral"), prepared_clip(300, None)])
    clips.append(prepared_clip(400, "happy", symbols=30))
    measured = measure_recordings(clips)  # type: ignore[arg-type]
    assert [m.emotion for m in measured] == ["neutral", "neutral", "happy"]
    change = changes(measured)["happy"]
    assert (change.n, change.pitch, change.rate) == (1, pytest.approx(12, abs=1e-3), pytest.approx(50))
    assert change.level == pytest.approx(1.5, abs=1e-3)


def test_recordings_that_were_levelled_have_no_say_in_the_level() -> None:
    clips = Prepared([prepared_clip(100, "neutral", levelled=True), prepared_clip(400, "sad", levelled=True)])
    change = changes(measure_recordings(clips))["sad"]  # type: ignore[arg-type]
    assert np.isnan(change.level)
    assert change.pitch == pytest.approx(24, abs=1e-3)
