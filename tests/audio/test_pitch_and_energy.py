"""Pitch and energy: right, and measured exactly where the mel's frames are."""

from __future__ import annotations

import numpy as np
import pytest

from voiceclone.audio import io
from voiceclone.audio.energy import FLOOR_DB, energy
from voiceclone.audio.pitch import f0

CONTRACTS = ["hifigan_22k", "tacotron2_22k", "ge2e_16k"]


def centres(contract, n_samples: int) -> np.ndarray:
    return contract.first_frame_centre + contract.hop_length * np.arange(contract.n_frames(n_samples))


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("n_samples", [0, 1, 130, 256, 700, 8191, 8192, 8193, 20000])
def test_every_mel_frame_has_a_pitch_and_an_energy(contract_of, hiss, name, n_samples):
    contract = contract_of(name)
    wave = hiss(1, n_samples, -20)
    assert f0(wave, contract).shape == energy(wave, contract).shape == (contract.n_frames(n_samples),)


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("hz", [80, 130, 210, 330, 500])
def test_the_pitch_of_a_steady_voice(contract_of, tone, name, hz):
    contract = contract_of(name)
    contour = f0(tone(hz, 0.6, contract.sample_rate), contract)[5:-5]
    assert (contour > 0).all()
    np.testing.assert_allclose(contour, hz, rtol=0.01)


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_glide_is_followed_without_delay(contract_of, name):
    contract = contract_of(name)
    times = np.arange(contract.sample_rate) / contract.sample_rate
    phase = 2 * np.pi * (120 * times + 60 * times**2)  # 120 Hz rising by 120 Hz a second
    wave = sum(np.sin(k * phase) / k for k in range(1, 10)).astype(np.float32) * 0.2
    truth = 120 + 120 * centres(contract, len(wave)) / contract.sample_rate
    error = (f0(wave, contract) - truth)[8:-8]
    late_by = -error.mean() / 120  # seconds
    assert abs(late_by) < 0.1 * contract.hop_length / contract.sample_rate


def test_noise_and_silence_have_no_pitch(contract_of, hiss):
    contract = contract_of("hifigan_22k")
    assert np.mean(f0(hiss(1.0, contract.sample_rate, -20), contract) > 0) < 0.05
    assert not f0(np.zeros(contract.sample_rate, dtype=np.float32), contract).any()


def test_faint_hum_beside_a_voice_is_not_voiced(contract_of, tone):
    contract = contract_of("hifigan_22k")
    voice = tone(200, 0.5, contract.sample_rate)
    wave = np.concatenate([1e-3 * tone(100, 0.5, contract.sample_rate), voice])
    voiced = f0(wave, contract) > 0
    half = len(voiced) // 2
    assert not voiced[: half - 3].any()
    assert voiced[half + 3 : -3].all()


def test_clicks_show_in_the_frames_they_fall_into(contract_of):
    for name in CONTRACTS:
        contract = contract_of(name)
        for frame in (10, 17):
            wave = np.zeros(40 * contract.hop_length, dtype=np.float32)
            wave[centres(contract, len(wave))[frame]] = 1.0
            loud = np.flatnonzero(energy(wave, contract) > FLOOR_DB)
            assert abs(loud.mean() - frame) <= 0.5
            assert len(loud) <= -(-contract.win_length // contract.hop_length) + 1


def test_energy_is_the_root_mean_square_in_decibels(contract_of):
    contract = contract_of("hifigan_22k")
    wave = 0.1 * np.sign(np.sin(np.arange(22050) * 0.3)).astype(np.float32)
    np.testing.assert_allclose(energy(wave, contract), -20, atol=0.1)
    assert (energy(np.zeros(4096, dtype=np.float32), contract) == FLOOR_DB).all()


@pytest.mark.shared
def test_real_voices_lie_where_their_speakers_do(shared, contract_of):
    contract = contract_of("hifigan_22k")
    for path, low, high in [
        ("ljspeech/wavs/LJ001-0002.wav", 160, 300),  # a woman
        ("emodb/wav/03a02Wc.flac", 120, 260),  # a man, angry
    ]:
        wave, _ = io.load(shared / "data" / path, contract.sample_rate)
        contour = f0(wave, contract)
        assert low < np.median(contour[contour > 0]) < high
        assert 0.3 < np.mean(contour > 0) < 0.95
