"""Distances between waves by their spectra: what a vocoder can be asked to match, phase being free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram

# Without it the gradient of a root at digital silence is infinite.
EPSILON = 1e-9


class MelLoss(nn.Module):
    """Mean absolute difference of two waves' log-mels (HiFi-GAN), up to ``f_max`` Hz, by default all frequencies.

    ``forward(fake, real)`` takes waves ``[B, 1, L]``. The generator hears less than the loss does: the published mel
    stops at 8 kHz, and what lies above must still sound right.
    """

    def __init__(self, contract: AudioContract, f_max: float | None = None) -> None:
        super().__init__()
        f_max = contract.sample_rate / 2 if f_max is None else f_max
        epsilon = max(contract.magnitude_epsilon, EPSILON)
        self.mel = MelSpectrogram(replace(contract, f_max=f_max, magnitude_epsilon=epsilon))

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.mel(real)
        return F.l1_loss(self.mel(fake), wanted)


class MultiScaleMelLoss(nn.Module):
    """Mean of `MelLoss` over windows, hops and bands scaled by each of ``scales`` (Yang et al., 2021; DAC).

    Long windows tell harmonics apart, short ones place consonants.
    """

    def __init__(self, contract: AudioContract, scales: Sequence[float] = (0.25, 0.5, 1, 2)) -> None:
        super().__init__()
        self.losses = nn.ModuleList(MelLoss(_scaled(contract, scale)) for scale in scales)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        return torch.stack([loss(fake, real) for loss in self.losses]).mean()


class MultiResolutionSTFTLoss(nn.Module):
    """Spectral convergence plus log-magnitude difference, averaged over resolutions (Yamamoto et al., 2020).

    ``resolutions`` are (n_fft, hop, window) in samples; ``forward(fake, real)`` takes waves ``[B, 1, L]``.
    """

    def __init__(
        self, resolutions: Sequence[Sequence[int]] = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
    ) -> None:
        super().__init__()
        self.resolutions = [tuple(resolution) for resolution in resolutions]

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        return torch.stack([_stft_distance(fake, real, *resolution) for resolution in self.resolutions]).mean()


def _scaled(contract: AudioContract, scale: float) -> AudioContract:
    n_fft, hop, window, bands = (
        round(size * scale) for size in (contract.n_fft, contract.hop_length, contract.win_length, contract.n_mels)
    )
    return replace(contract, n_fft=n_fft, hop_length=hop, win_length=window, n_mels=bands)


def _stft_distance(fake: Tensor, real: Tensor, n_fft: int, hop_length: int, win_length: int) -> Tensor:
    with torch.no_grad():
        wanted = _magnitude(real, n_fft, hop_length, win_length)
    found = _magnitude(fake, n_fft, hop_length, win_length)
    return (wanted - found).norm() / wanted.norm() + F.l1_loss(found.log(), wanted.log())


def _magnitude(wave: Tensor, n_fft: int, hop_length: int, win_length: int) -> Tensor:
    with torch.autocast(wave.device.type, enabled=False):
        window = torch.hann_window(win_length, device=wave.device)
        spectrum = torch.stft(wave.squeeze(1).float(), n_fft, hop_length, win_length, window, return_complex=True)
        return (spectrum.real.square() + spectrum.imag.square() + EPSILON).sqrt()
