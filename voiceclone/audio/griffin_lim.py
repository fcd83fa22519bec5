"""Waveforms from mel spectrograms without a network, to listen to an acoustic model before there is a vocoder."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import decompress, mel_basis
from voiceclone.audio.stft import hann_window, istft, synthesise_frames

# Perraudin, Balazs and Soendergaard (2013) find it both fast and good.
MOMENTUM = 0.99


def griffin_lim(mel: Tensor, contract: AudioContract, n_iter: int = 60, seed: int = 0) -> Tensor:
    """Waves ``[B, T * hop_length]`` whose mel is near ``mel [B, n_mels, T]``.

    The fast Griffin-Lim algorithm (Perraudin et al., 2013) from random phases, which ``seed`` fixes on every device.
    """
    with torch.no_grad(), torch.autocast(mel.device.type, enabled=False):
        window = hann_window(contract).to(mel.device)
        size = linear_magnitude(mel.float(), contract)
        guess = before = size * _random_phase(size, seed)
        for _ in range(n_iter):
            consistent = _consistent(guess, contract, window)
            ahead = torch.add(consistent, before, alpha=-MOMENTUM / (1 + MOMENTUM))
            guess, before = size * ahead.sgn(), consistent
        return istft(guess, contract, window)


def linear_magnitude(mel: Tensor, contract: AudioContract, n_iter: int = 60) -> Tensor:
    """The non-negative magnitudes ``[B, n_fft // 2 + 1, T]`` that come nearest to ``mel [B, n_mels, T]``.

    Least squares by multiplicative updates (Lee and Seung, 2001): the filters overlap, so that their pseudo-inverse
    would give negative magnitudes.
    """
    basis, target = mel_basis(contract).to(mel.device), decompress(mel, contract)
    goal = basis.T @ target
    size = goal
    for _ in range(n_iter):
        size = size * goal / (basis.T @ (basis @ size)).clamp(min=1e-12)
    return size.sqrt() if contract.power == 2 else size


def _random_phase(size: Tensor, seed: int) -> Tensor:
    # Drawn on the CPU: generators of other devices give other numbers for the same seed.
    angle = 2 * math.pi * torch.rand(size.shape, generator=torch.Generator().manual_seed(seed))
    return torch.polar(torch.ones_like(angle), angle).to(size.device)


def _consistent(spectrum: Tensor, contract: AudioContract, window: Tensor) -> Tensor:
    """The spectrum of the wave that ``spectrum`` would give, edges included: no padding may fold back into it."""
    wave = synthesise_frames(spectrum, contract, window)
    return torch.stft(
        wave, contract.n_fft, contract.hop_length, contract.n_fft, window, center=False, return_complex=True
    )
