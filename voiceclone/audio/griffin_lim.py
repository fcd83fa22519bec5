"""Waveforms from mel spectrograms without a network, to listen to an acoustic model before there is a vocoder."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import decompress, mel_basis
from voiceclone.audio.stft import hann_window, istft, overlap_add

# Perraudin, Balazs and Soendergaard (2013) find it both fast and good.
MOMENTUM = 0.99


def griffin_lim(mel: Tensor, contract: AudioContract, n_iter: int = 60, seed: int = 0) -> Tensor:
    """Waves ``[B, T * hop_length]`` whose mel is near ``mel [B, n_mels, T]``.

    The fast Griffin-Lim algorithm (Perraudin et al., 2013) from random phases, which ``seed`` fixes for every device.
    """
    with torch.no_grad(), torch.autocast(mel.device.type, enabled=False):
        window = hann_window(contract).to(mel.device)
        size = linear_magnitude(mel.float(), contract)
        random = torch.Generator().manual_seed(seed)
        phase = torch.polar(torch.ones(size.shape), 2 * math.pi * torch.rand(size.shape, generator=random))
        phase, before = phase.to(mel.device), torch.zeros((), device=mel.device)
        for _ in range(n_iter):
            consistent = _consistent(size * phase, contract, window)
            ahead = consistent - (MOMENTUM / (1 + MOMENTUM)) * before
            phase, before = ahead / ahead.abs().clamp(min=1e-8), consistent
        return istft(size * phase, contract, window)


def linear_magnitude(mel: Tensor, contract: AudioContract, n_iter: int = 60) -> Tensor:
    """The non-negative magnitudes ``[B, n_fft // 2 + 1, T]`` that come nearest to ``mel [B, n_mels, T]``.

    Least squares by multiplicative updates (Lee and Seung, 2001): the filters overlap, so that their pseudo-inverse
    would give negative magnitudes.
    """
    basis, target = mel_basis(contract).to(mel.device), decompress(mel, contract)
    goal, gram = basis.T @ target, basis.T @ basis
    size = goal.clone()
    for _ in range(n_iter):
        size = size * goal / (gram @ size).clamp(min=1e-12)
    return size.sqrt() if contract.power == 2 else size


def _consistent(spectrum: Tensor, contract: AudioContract, window: Tensor) -> Tensor:
    """The spectrum of the wave that ``spectrum`` would give, edges included: no padding may fold back into it."""
    hop = contract.hop_length
    frames = torch.fft.irfft(spectrum, n=contract.n_fft, dim=1) * window[:, None]
    weights = window.square()[None, :, None].expand(1, -1, spectrum.shape[-1])
    wave = overlap_add(frames, hop) / overlap_add(weights, hop).clamp(min=1e-8)
    return torch.stft(wave, contract.n_fft, hop, contract.n_fft, window, center=False, return_complex=True)
