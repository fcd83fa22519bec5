"""What is measured of a recording tells good from bad."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from made_speech import RATE, chords, in_a_room, speech

from voiceclone.audio.bandwidth import bandwidth
from voiceclone.audio.io import load
from voiceclone.audio.music import music_share
from voiceclone.audio.noise import signal_to_noise
from voiceclone.audio.resample import resample
from voiceclone.audio.reverberation import reverberation_time
from voiceclone.data.fewshot.checks import MOST_MUSIC, MOST_REVERBERATION


def test_noise_is_measured_to_a_decibel_or_two() -> None:
    wave, rng = speech(8), np.random.default_rng(1)
    loud = wave[np.abs(wave) > 0.01]
    noise = rng.standard_normal(len(wave)).astype(np.float32) * np.sqrt(np.mean(loud**2)) * 10 ** (-10 / 20)
    assert signal_to_noise(wave, RATE) > 35
    assert signal_to_noise(wave + noise, RATE) == pytest.approx(10, abs=4)
    assert math.isnan(signal_to_noise(np.zeros(RATE, dtype=np.float32), RATE))


def test_a_telephone_is_known_by_its_bandwidth_whatever_the_file_says() -> None:
    wave = speech(6)
    telephone = resample(resample(wave, RATE, 8000), 8000, RATE)
    assert bandwidth(wave, RATE) > 7000
    assert bandwidth(telephone, RATE) < 4500
    assert bandwidth(np.zeros(RATE, dtype=np.float32), RATE) == 0


def test_music_behind_a_voice_is_heard() -> None:
    wave = speech(8)
    assert music_share(wave, RATE) < MOST_MUSIC < music_share(wave + chords(len(wave), 0.1), RATE)


@pytest.mark.shared
def test_real_rooms_and_music(shared: Path) -> None:
    """Speech of a studio; in a room that rings; with a piano 15 dB below the voice."""
    files = sorted((shared / "data/VCTK-Corpus/wav48/p226").glob("*.flac"))[:3]
    wave = np.concatenate([load(path, RATE)[0] for path in files])
    level = 10 ** (-15 / 20) * float(np.sqrt(np.mean(wave**2))) * 3.5
    assert reverberation_time(wave, RATE) < MOST_REVERBERATION < reverberation_time(in_a_room(wave, 0.6), RATE)
    assert music_share(wave, RATE) < MOST_MUSIC < music_share(wave + chords(len(wave), level), RATE)
    assert signal_to_noise(wave, RATE) > 25
