"""Griffin-Lim: a mel becomes a wave of the right length that has that mel, the same one every time."""

from __future__ import annotations

import pytest
import torch

from voiceclone.audio import io
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.resample import resample
from voiceclone.audio.stft import hann_window, istft, stft


@pytest.mark.parametrize("name", ["hifigan_22k", "tacotron2_22k", "melgan_22k", "vocos_24k", "ge2e_16k"])
def test_the_wave_has_the_mel_it_was_made_from(contract_of, babble, name):
    contract = contract_of(name)
    mel = MelSpectrogram(contract)
    target = mel(torch.from_numpy(babble(1.0, contract.sample_rate))[None])
    wave = griffin_lim(target, contract, n_iter=30)
    assert wave.shape == (1, target.shape[-1] * contract.hop_length)
    again = mel(wave)[..., : target.shape[-1]]
    silence = mel(torch.zeros_like(wave))[..., : target.shape[-1]]
    assert (again - target).abs().mean() < 0.1 * (silence - target).abs().mean()


def test_the_same_seed_gives_the_same_wave_and_clips_are_independent(contract_of, babble):
    contract = contract_of("hifigan_22k")
    target = MelSpectrogram(contract)(torch.from_numpy(babble(0.5, contract.sample_rate))[None])
    first = griffin_lim(target, contract, n_iter=4, seed=3)
    torch.testing.assert_close(griffin_lim(target, contract, n_iter=4, seed=3), first, rtol=0, atol=0)
    assert not torch.equal(griffin_lim(target, contract, n_iter=4, seed=4), first)
    pair = griffin_lim(torch.cat([target, target - 3]), contract, n_iter=4, seed=3)
    torch.testing.assert_close(pair[:1], first, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["hifigan_22k", "tacotron2_22k", "ge2e_16k"])
def test_the_inverse_transform_gives_the_wave_back(contract_of, babble, name):
    contract = contract_of(name)
    window = hann_window(contract)
    length = 20 * contract.hop_length
    wave = torch.from_numpy(babble(1.0, contract.sample_rate)[:length])[None]
    back = istft(stft(wave, contract, window), contract, window)[:, :length]
    torch.testing.assert_close(back, wave, atol=1e-4, rtol=0)


@pytest.mark.shared
def test_real_speech_stays_intelligible(shared, contract_of):
    pesq = pytest.importorskip("pesq")
    contract = contract_of("hifigan_22k")
    wave, rate = io.load(shared / "data" / "ljspeech" / "wavs" / "LJ001-0002.wav")
    spoken = griffin_lim(MelSpectrogram(contract)(torch.from_numpy(wave)[None]), contract)[0].numpy()
    clips = [resample(clip, rate, 16000) for clip in (wave, spoken)]
    assert pesq.pesq(16000, *clips, "wb") > 3.0
