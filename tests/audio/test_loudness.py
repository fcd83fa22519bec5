"""Loudness: clips of any level come out equally loud, none is clipped."""

from __future__ import annotations

import math

import numpy as np
import pytest

from voiceclone.audio.loudness import loudness, normalise, remove_dc

RATE = 22050


def test_a_tone_of_1_khz_has_the_loudness_the_standard_gives_it():
    wave = np.sin(2 * np.pi * 997 * np.arange(48000 * 2) / 48000).astype(np.float32)
    assert loudness(wave, 48000) == pytest.approx(-3.01, abs=0.1)  # BS.1770: 0 dBFS on one channel


@pytest.mark.parametrize("gain_db", [-40, -10, 6])
@pytest.mark.parametrize("seconds", [0.02, 0.2, 0.5, 3.0])
def test_any_level_and_length_comes_to_the_target(babble, gain_db, seconds):
    wave = 10 ** (gain_db / 20) * babble(seconds, RATE)
    assert loudness(normalise(wave, RATE, lufs=-23.0), RATE) == pytest.approx(-23.0, abs=0.05)


def test_a_peak_stays_below_the_limit_even_if_the_target_is_missed(babble):
    wave = 0.01 * babble(2.0, RATE)
    wave[1000] = 1.0
    louder = normalise(wave, RATE, lufs=-16.0, peak_db=-1.0)
    assert np.abs(louder).max() == pytest.approx(10 ** (-1 / 20), rel=1e-5)
    assert loudness(louder, RATE) < -16
    np.testing.assert_allclose(louder / wave, (louder / wave)[0], rtol=1e-4)  # one gain: nothing is distorted


@pytest.mark.parametrize("samples", [np.zeros(RATE, dtype=np.float32), np.zeros(0, dtype=np.float32)])
def test_silence_comes_back_as_it_is(samples):
    assert loudness(samples, RATE) == -math.inf
    np.testing.assert_array_equal(normalise(samples, RATE), samples)


def test_a_constant_offset_is_taken_away(babble):
    wave = babble(1.0, RATE)
    np.testing.assert_allclose(remove_dc(wave + np.float32(0.3)), wave - wave.mean(), atol=1e-6)
