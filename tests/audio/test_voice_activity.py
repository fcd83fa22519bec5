"""Voice activity: speech is found at any rate, level and noise; what is not speech is not."""

from __future__ import annotations

import numpy as np
import pytest

from voiceclone.audio import io
from voiceclone.audio.voice_activity import speech_spans, trim


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 48000])
@pytest.mark.parametrize("noise_db", [-90, -60, -40])
def test_two_utterances_are_found_where_they_are(babble, hiss, rate, noise_db):
    wave = hiss(5.0, rate, noise_db)
    for start in (1.0, 3.0):
        wave[round(start * rate) : round((start + 1) * rate)] += babble(1.0, rate)
    assert np.allclose(speech_spans(wave, rate), [(1.0, 2.0), (3.0, 4.0)], atol=0.1)


@pytest.mark.parametrize("gain_db", [-40, 0])
def test_the_level_of_the_recording_does_not_matter(babble, hiss, gain_db):
    wave = hiss(3.0, 16000, -60)
    wave[16000:32000] += babble(1.0, 16000)
    assert np.allclose(speech_spans(10 ** (gain_db / 20) * wave, 16000), [(1.0, 2.0)], atol=0.1)


def test_loud_hum_is_learnt_as_noise(babble, hiss):
    wave = hiss(3.0, 16000, -60)
    wave[16000:32000] += babble(1.0, 16000)
    hum = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(wave)) / 16000)
    assert np.allclose(speech_spans((wave + hum).astype(np.float32), 16000), [(1.0, 2.0)], atol=0.1)


@pytest.mark.parametrize("seconds", [0.0, 0.005, 1.0, 60.0])
def test_noise_alone_and_silence_hold_no_speech(hiss, seconds):
    assert speech_spans(hiss(seconds, 16000, -40), 16000) == []
    assert speech_spans(np.zeros(round(16000 * seconds), dtype=np.float32), 16000) == []


def test_a_click_is_no_speech(hiss):
    wave = hiss(2.0, 16000, -70)
    wave[16000:16080] += hiss(0.005, 16000, -6)
    assert speech_spans(wave, 16000) == []


def test_noise_that_changes_in_a_long_recording_is_learnt_anew(babble, hiss):
    wave = np.concatenate([hiss(60.0, 8000, -70), hiss(60.0, 8000, -35)])
    for start in (20, 90):
        wave[start * 8000 : (start + 2) * 8000] += babble(2.0, 8000)
    assert np.allclose(speech_spans(wave, 8000), [(20, 22), (90, 92)], atol=0.15)


def test_trimming_keeps_the_speech_and_a_margin(babble, hiss):
    wave = hiss(4.0, 16000, -70)
    wave[16000:40000] += babble(1.5, 16000)
    assert len(trim(wave, 16000, margin=0.1)) / 16000 == pytest.approx(1.7, abs=0.1)
    assert len(trim(wave, 16000, margin=0.5)) / 16000 == pytest.approx(2.5, abs=0.1)


def test_trimming_leaves_what_holds_no_speech(hiss):
    noise = hiss(1.0, 16000, -50)
    assert trim(noise, 16000) is noise


@pytest.mark.shared
def test_the_same_speech_is_found_under_real_noise(shared):
    agreed = []
    for clean in sorted((shared / "data" / "VoiceBank-DEMAND" / "clean_testset_wav").glob("*.wav"))[::2]:
        frames = []
        for folder in ("clean_testset_wav", "noisy_testset_wav"):
            wave, rate = io.load(clean.parents[1] / folder / clean.name)
            active = np.zeros(100 * len(wave) // rate, dtype=bool)
            for start, end in speech_spans(wave, rate):
                active[round(100 * start) : round(100 * end)] = True
            frames.append(active)
        agreed.append(np.mean(frames[0] == frames[1]))
    assert np.mean(agreed) > 0.85
