"""Level: how loud the voiced part of speech is, whatever its timbre and its pauses."""

from __future__ import annotations

import numpy as np
import pytest

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.level import bring_to, limited, spoken_level
from voiceclone.audio.loudness import loudness

RATE = 22050
CONTRACT = AudioContract(
    sample_rate=RATE, n_fft=1024, hop_length=256, win_length=1024, n_mels=80, f_min=0.0, f_max=8000.0
)


def buzz(tilt: float, seconds: float = 1.5) -> np.ndarray:
    """A voice of 130 Hz whose n-th harmonic has the strength n ** -tilt."""
    time = np.arange(int(seconds * RATE)) / RATE
    harmonics = range(1, 60)
    wave = sum(n**-tilt * np.sin(2 * np.pi * 130 * n * time + n * n) for n in harmonics)
    return (0.05 * wave).astype(np.float32)


def test_pauses_do_not_count():
    wave, pause = buzz(1.5), np.zeros(RATE, np.float32)
    with_pauses = np.concatenate([pause, wave, pause])
    assert spoken_level(with_pauses, CONTRACT) == pytest.approx(spoken_level(wave, CONTRACT), abs=0.3)


@pytest.mark.parametrize("gain", [0.01, 1.0, 3.0])
def test_any_voice_comes_to_the_level_asked_for(gain):
    brought = bring_to(-22.0, gain * buzz(1.5), CONTRACT)
    assert brought.dtype == np.float32
    assert spoken_level(brought, CONTRACT) == pytest.approx(-22.0, abs=0.1)


def test_a_bright_voice_at_the_same_level_is_heard_as_louder():
    calm, tense = (bring_to(-22.0, buzz(tilt), CONTRACT) for tilt in (2.0, 0.7))
    assert spoken_level(calm, CONTRACT) == pytest.approx(spoken_level(tense, CONTRACT), abs=0.1)
    assert loudness(tense, RATE) > loudness(calm, RATE) + 1.0


def test_a_peak_is_turned_down_and_the_rest_stays():
    wave = bring_to(-22.0, buzz(1.5), CONTRACT)
    wave[5000] = 3.0
    lower = limited(wave, RATE)
    assert np.abs(lower).max() <= 10 ** (-1 / 20) + 1e-6
    assert lower[5000] > 0.8
    far = np.abs(np.arange(len(wave)) - 5000) > 0.011 * RATE
    np.testing.assert_allclose(lower[far], wave[far], rtol=1e-6)
    gain = lower[4880:5121] / wave[4880:5121]
    assert np.abs(np.diff(gain)).max() < 0.02  # no step that would click


def test_what_has_no_voice_is_measured_as_a_whole():
    hiss = 0.01 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    assert spoken_level(hiss, CONTRACT) == pytest.approx(-40.0, abs=1.0)


@pytest.mark.parametrize("n_samples", [0, 1, 100, RATE])
def test_silence_comes_back_as_it_is(n_samples):
    silence = np.zeros(n_samples, np.float32)
    np.testing.assert_array_equal(bring_to(-22.0, silence, CONTRACT), silence)
