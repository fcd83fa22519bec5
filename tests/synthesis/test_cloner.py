"""Speaking with a voice, whatever it has learnt."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tiny_voice import AUDIO

from voiceclone import VoiceCloner
from voiceclone.audio.io import load, save
from voiceclone.audio.level import spoken_level
from voiceclone.errors import CheckpointError, SynthesisError, TextError
from voiceclone.synthesis.manner import Manner, conditions


@pytest.fixture(scope="module")
def voice(voice_folder: Path) -> VoiceCloner:
    return VoiceCloner.from_pretrained(voice_folder)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a hum with syllables, enough for the reference checks."""
    time = np.arange(2 * 16000) / 16000
    hum = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12))
    wave = 0.1 * hum * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))
    path = tmp_path_factory.mktemp("reference") / "hum.wav"
    save(path, wave.astype(np.float32), 16000)
    return path


def test_text_becomes_a_waveform(voice: VoiceCloner) -> None:
    wave, sample_rate = voice.tts("It works.", language="en")
    assert wave.dtype == np.float32
    assert wave.ndim == 1
    assert len(wave) > 0.1 * sample_rate
    assert np.isfinite(wave).all()
    assert np.abs(wave).max() <= 1


def test_the_same_seed_says_the_same_and_another_does_not(voice: VoiceCloner) -> None:
    first, again, other = (voice.tts("It works.", seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_wish_for_energy_is_met_to_the_decibel(voice: VoiceCloner) -> None:
    levels = [spoken_level(voice.tts("It works.", seed=1, energy=energy)[0], AUDIO) for energy in (0.0, -6.0, 3.0)]
    assert levels == pytest.approx([-26.0, -32.0, -23.0], abs=0.2)


def test_no_peak_appears_between_the_samples_at_another_rate(voice: VoiceCloner) -> None:
    loud = voice.speak("It works.", seed=1, energy=20.0).resampled(48000)
    assert np.abs(loud.wave).max() <= 10 ** (-1 / 20) + 1e-6


def test_a_recording_or_a_known_name_says_who_speaks(voice: VoiceCloner, reference: Path) -> None:
    assert np.linalg.norm(voice.embed(reference)) == pytest.approx(1, abs=1e-5)
    cloned = voice.tts("It works.", speaker_wav=reference, seed=1)[0]
    known = voice.tts("It works.", speaker="anna", seed=1)[0]
    assert not np.array_equal(cloned, known)
    with pytest.raises(SynthesisError, match="Did you mean 'anna'"):
        voice.tts("It works.", speaker="ana")
    with pytest.raises(SynthesisError, match="not both"):
        voice.tts("It works.", speaker="anna", speaker_wav=reference)


def test_emotions_have_english_and_chinese_names(voice: VoiceCloner) -> None:
    english, chinese = (voice.tts("It works.", emotion=name, seed=1)[0] for name in ("happy", "开心"))
    assert np.array_equal(english, chinese)
    assert not np.array_equal(english, voice.tts("It works.", emotion="sad", seed=1)[0])


def test_no_intensity_is_neutral(voice: VoiceCloner) -> None:
    none = voice.tts("It works.", emotion="happy", intensity=0.0, seed=1)[0]
    assert np.array_equal(none, voice.tts("It works.", emotion="neutral", seed=1)[0])


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({"emotion": "furious-ish"}, "'furious-ish'. It knows: happy, neutral, sad"),
        ({"emotion": "angry"}, "'angry'. It knows: happy, neutral, sad"),
        ({"emotion": "happy", "intensity": 3}, "intensity=3: expected a value from 0 to 1"),
        ({"rate": 9}, "rate=9"),
        ({"emotoin": "sad"}, "Did you mean 'emotion'"),
        ({"emotion": "happy", "intensity": "0.5"}, "intensity='0.5': expected a value from 0 to 1"),
        ({"emotion": 3}, "emotion=3: expected the name of an emotion"),
        ({"language": 3}, "language is 3: expected a string"),
        ({"emotion": "happy", "valence": 0.5}, "given by emotion and by valence and arousal: give it in one way"),
    ],
)
def test_a_wish_that_cannot_be_met_is_explained(voice: VoiceCloner, wishes: dict, expected: str) -> None:
    with pytest.raises(SynthesisError, match=expected):
        voice.tts("It works.", **wishes)


def test_a_voice_without_prosody_says_that_it_cannot_be_sped_up() -> None:
    plain: Any = SimpleNamespace(conditioning=None)
    conditions(Manner(), plain, AUDIO, torch.device("cpu"))
    for wish in ({"rate": 1.1}, {"pitch": 2.0}):
        with pytest.raises(SynthesisError, match="without prosody: leave rate and pitch out"):
            conditions(Manner(**wish), plain, AUDIO, torch.device("cpu"))


@pytest.mark.parametrize("text", ["", "  ", "...", "?!"])
def test_nothing_to_say_is_an_error(voice: VoiceCloner, text: str) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        voice.tts(text)


@pytest.mark.parametrize("way", [{"emotion": "sad"}, {"valence": -0.8, "arousal": -0.4}])
def test_intensity_is_of_the_emotion_however_it_is_given(voice: VoiceCloner, way: dict[str, Any]) -> None:
    waves = [voice.tts("It works.", seed=1, intensity=strength, **way)[0] for strength in (0.0, 0.5, 1.0)]
    assert np.array_equal(waves[0], voice.tts("It works.", seed=1, emotion="neutral")[0])
    assert not np.array_equal(waves[1], waves[2])


def test_how_loud_a_file_is_says_nothing_of_its_emotion(reference: Path, tmp_path: Path) -> None:
    wave, rate = load(reference, None)
    save(tmp_path / "soft.wav", 0.2 * wave, rate)
    space: Any = SimpleNamespace(conditioning=SimpleNamespace(prosody=None, emotion=SimpleNamespace(reference=1)))
    loud, soft = (
        conditions(Manner(emotion_reference=path), space, AUDIO, torch.device("cpu")).reference
        for path in (reference, tmp_path / "soft.wav")
    )
    assert loud is not None
    assert soft is not None
    assert (loud - soft).abs().median() < 0.05


def test_a_row_of_a_thousand_digits_is_said_in_several_breaths(voice: VoiceCloner) -> None:
    plan = voice.plan("7" * 1000, language="en")
    whole = voice.frontend.encode("7" * 1000, "en")
    assert list(chain.from_iterable(plan.symbols)) == whole
    assert max(map(len, plan.symbols)) <= 800 < len(whole)
    assert len(plan.sentences) == len(plan.symbols)


def test_long_text_is_spoken_sentence_by_sentence(voice: VoiceCloner) -> None:
    speech = voice.speak("One is here. Two is there! And is three anywhere?")
    assert [sentence.text for sentence in speech.sentences] == [
        "One is here.",
        "Two is there!",
        "And is three anywhere?",
    ]
    assert len(speech.wave) > sum(len(sentence.wave) for sentence in speech.sentences)


def test_a_sentence_that_fails_is_spoken_again_and_reported(voice: VoiceCloner) -> None:
    speech = voice.speak("It works.")
    assert speech.sentences[0].attempts > 1 or not speech.failed
    assert speech.failed in ([], ["It works."])


def test_the_script_tells_the_language_and_an_unknown_one_only_warns(voice: VoiceCloner) -> None:
    assert voice.tts("今天天气很好。")[0].size
    with pytest.warns(UserWarning, match="trained on en, zh only"):
        voice.tts("Guten Tag.", language="de")


def test_a_file_carries_what_was_said(voice: VoiceCloner, tmp_path: Path) -> None:
    speech = voice.tts_to_file(text="It works.", emotion="sad", language="en", file_path=tmp_path / "out.wav")
    wave, sample_rate = load(tmp_path / "out.wav")
    assert sample_rate == voice.sample_rate
    assert len(wave) == len(speech.wave)
    assert b"It works." in (tmp_path / "out.wav").read_bytes()
    assert voice.tts_to_file(text="Hi.", file_path=tmp_path / "studio.wav", sample_rate=48000).sample_rate == 48000


def test_steps_run_on_the_finished_waveform_in_their_order(voice_folder: Path) -> None:
    voice = VoiceCloner.from_pretrained(voice_folder)
    voice.after_steps += [lambda wave, rate: wave * 0 + 1, lambda wave, rate: wave / 2]
    assert set(voice.tts("It works.")[0]) == {0.5}


def test_a_voice_that_is_not_there_is_named() -> None:
    with pytest.raises(CheckpointError, match="nowhere: no such voice"):
        VoiceCloner.from_pretrained("nowhere")
