"""Mel spectrograms of waveforms, batched, on any device."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.filterbank import triangular_filters
from voiceclone.audio.stft import hann_window, stft


def mel_basis(contract: AudioContract) -> Tensor:
    """Mel filters ``[n_mels, n_fft // 2 + 1]``, float32."""
    return torch.tensor(triangular_filters(contract), dtype=torch.float32)


class MelSpectrogram(nn.Module):
    """``forward(wave [B, L] or [B, 1, L]) -> mel [B, n_mels, T]`` with T = ``contract.n_frames(L)``.

    The mel is compressed as the contract says. It is computed in float32 even under autocast, because half
    precision has no room for the dynamic range of speech, and is differentiable, silence included. Nothing of it
    enters a state dict. Raises `AudioError` for a wave too short to be mirrored at its ends.
    """

    basis: Tensor
    window: Tensor

    def __init__(self, contract: AudioContract) -> None:
        super().__init__()
        self.contract = contract
        self.register_buffer("basis", mel_basis(contract), persistent=False)
        self.register_buffer("window", hann_window(contract), persistent=False)

    def forward(self, wave: Tensor) -> Tensor:
        with torch.autocast(wave.device.type, enabled=False):
            flat = wave.reshape(-1, wave.shape[-1]).float()
            spectrum = stft(flat, self.contract, self.window.float())
            return compress(self.basis.float() @ magnitude(spectrum, self.contract), self.contract)


def magnitude(spectrum: Tensor, contract: AudioContract) -> Tensor:
    """Magnitude, or power where ``contract.power`` is 2, of a complex spectrum of any shape."""
    if contract.power == 1 and contract.magnitude_epsilon == 0:
        return spectrum.abs()  # its gradient is 0 at 0, where that of the root below would be infinite
    squared = spectrum.real.square() + spectrum.imag.square() + contract.magnitude_epsilon
    return squared if contract.power == 2 else squared.sqrt()


def compress(mel: Tensor, contract: AudioContract) -> Tensor:
    """Linear mel to the contract's logarithm, clamped at ``log_floor``."""
    if contract.log == "none":
        return mel
    floored = mel.clamp(min=contract.log_floor)
    return floored.log() if contract.log == "ln" else floored.log10()


def decompress(mel: Tensor, contract: AudioContract) -> Tensor:
    """The inverse of `compress`."""
    if contract.log == "none":
        return mel.clamp(min=0)
    return mel.exp() if contract.log == "ln" else 10.0**mel
