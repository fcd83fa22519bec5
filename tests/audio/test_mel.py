"""Mels: equal to what the published projects compute, whatever the batch, the precision and the length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from voiceclone.audio import io
from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram, mel_basis
from voiceclone.errors import AudioError

CONTRACTS = ["hifigan_22k", "melgan_22k", "tacotron2_22k", "vocos_24k", "ge2e_16k"]


def mel_of(wave: np.ndarray, contract: AudioContract) -> np.ndarray:
    return MelSpectrogram(contract)(torch.from_numpy(wave)[None])[0].numpy()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("hifigan", ["hifigan_22k"]),
        ("hifigan_loss_fmax_none", ["hifigan_22k", "f_max=11025"]),
        ("nvidia_tacotron2", ["tacotron2_22k"]),
        ("melgan_log10", ["melgan_22k"]),
        ("resemblyzer_mel", ["ge2e_16k"]),
    ],
)
def test_a_real_clip_gives_the_published_projects_mel(shared, contract_of, key, settings):
    contract = contract_of(*settings)
    published = np.load(shared / "parity" / "mel_LJ001-0001.npz")
    wave, _ = io.load(shared / "data" / "ljspeech" / "wavs" / "LJ001-0001.wav", end=2.0)
    ours = mel_of(published["wave_16k"] if contract.sample_rate == 16000 else wave, contract)
    theirs = published[key].T if key == "resemblyzer_mel" else published[key]  # stored [T, n_mels]
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-4 * np.abs(theirs).max()


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_filters_are_those_of_librosa_and_none_is_empty(contract_of, name):
    librosa = pytest.importorskip("librosa")
    contract = contract_of(name)
    expected = librosa.filters.mel(
        sr=contract.sample_rate, n_fft=contract.n_fft, n_mels=contract.n_mels, fmin=contract.f_min,
        fmax=contract.f_max, htk=contract.mel_scale == "htk", norm="slaney" if contract.mel_norm == "slaney" else None,
    )  # fmt: skip
    basis = mel_basis(contract).numpy()
    np.testing.assert_allclose(basis, expected, atol=1e-7)
    assert (basis.sum(axis=1) > 0).all()


@pytest.mark.parametrize("name", CONTRACTS)
@pytest.mark.parametrize("n_samples", [8192, 8193, 8191, 5000])
def test_a_clip_has_as_many_frames_as_its_contract_says(contract_of, hiss, name, n_samples):
    contract = contract_of(name)
    assert mel_of(hiss(1, n_samples, -20), contract).shape == (contract.n_mels, contract.n_frames(n_samples))


def test_an_odd_hop_keeps_the_number_of_frames(hiss):
    contract = AudioContract(11025, 512, 111, 400, 40, 0.0, 5000.0)
    assert mel_of(hiss(1, 111 * 20, -20), contract).shape[1] == 20


def test_clips_in_a_batch_do_not_influence_each_other(contract_of, hiss):
    mel = MelSpectrogram(contract_of("hifigan_22k"))
    waves = torch.from_numpy(np.stack([hiss(1, 8192, -10), hiss(1, 8192, -60)]))
    torch.testing.assert_close(mel(waves)[1:], mel(waves[1:]))
    torch.testing.assert_close(mel(waves[:, None]), mel(waves))


def test_autocast_and_half_precision_do_not_reach_the_mel(contract_of, hiss):
    contract = contract_of("hifigan_22k")
    wave = torch.from_numpy(hiss(1, 8192, -20))[None]
    expected = MelSpectrogram(contract)(wave)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        under_autocast = MelSpectrogram(contract)(wave)
    torch.testing.assert_close(under_autocast, expected, rtol=0, atol=0)
    assert MelSpectrogram(contract).bfloat16()(wave.bfloat16()).dtype == torch.float32


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_gives_the_same_mel(contract_of, hiss):
    mel, wave = MelSpectrogram(contract_of("hifigan_22k")), torch.from_numpy(hiss(1, 8192, -20))[None]
    torch.testing.assert_close(mel.cuda()(wave.cuda()).cpu(), mel.cpu()(wave), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_gradient_is_finite_in_silence_too(contract_of, name):
    wave = torch.zeros(1, 8192, requires_grad=True)
    MelSpectrogram(contract_of(name))(wave).sum().backward()
    assert torch.isfinite(wave.grad).all()


def test_louder_by_20_db_is_higher_by_the_logarithm_of_ten(contract_of, hiss):
    contract = contract_of("melgan_22k")
    quiet = hiss(1, 8192, -30)
    np.testing.assert_allclose(mel_of(10 * quiet, contract), mel_of(quiet, contract) + 1, atol=1e-4)


def test_nothing_of_it_enters_a_checkpoint(contract_of):
    assert MelSpectrogram(contract_of("hifigan_22k")).state_dict() == {}


def test_a_wave_too_short_to_be_mirrored_says_so(contract_of):
    with pytest.raises(AudioError, match="384"):
        MelSpectrogram(contract_of("hifigan_22k"))(torch.zeros(1, 384))


def test_a_mel_computed_without_gradients_does_not_spoil_later_ones(contract_of, hiss):
    contract = replace(contract_of("hifigan_22k"), f_min=20.0)
    with torch.inference_mode():
        MelSpectrogram(contract)(torch.zeros(1, 4096))
    wave = torch.from_numpy(hiss(1, 4096, -20))[None].requires_grad_()
    MelSpectrogram(contract)(wave).sum().backward()
    assert wave.grad.abs().sum() > 0
