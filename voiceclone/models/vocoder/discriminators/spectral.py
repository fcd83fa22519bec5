"""The spectral discriminators: they judge short-time spectra, where buzz and smeared harmonics show."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.errors import ConfigError
from voiceclone.models.vocoder.discriminators.stack import Judgement, judgement, spectral_stack


class MultiResolutionSpectrogram(nn.Module):
    """UnivNet's (Jang et al., 2021): wave ``[B, 1, L]`` -> scores and feature maps from linear magnitudes.

    ``resolutions`` are (n_fft, hop, window) in samples, one sub-discriminator each. Raises `ConfigError` for a wave
    that is not longer than half the longest n_fft.
    """

    def __init__(
        self,
        resolutions: Sequence[Sequence[int]] = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240)),
        channels: int = 32,
    ) -> None:
        super().__init__()
        self.resolutions = [tuple(resolution) for resolution in resolutions]
        self.discriminators = nn.ModuleList(spectral_stack(1, channels, (1, 1, 1), slope=0.2) for _ in resolutions)

    def forward(self, wave: Tensor) -> Judgement:
        require_samples(wave, max(n_fft for n_fft, _, _ in self.resolutions) // 2 + 1)
        features = []
        for (n_fft, hop, window), discriminator in zip(self.resolutions, self.discriminators, strict=True):
            padded = F.pad(wave, ((n_fft - hop) // 2,) * 2, mode="reflect")
            magnitude = spectrum(padded, n_fft, hop, window).abs()
            features.append(discriminator(_image([magnitude])))
        return judgement(features)


class MultiScaleSTFT(nn.Module):
    """EnCodec's (Défossez et al., 2022): wave ``[B, 1, L]`` -> scores and feature maps from complex spectra.

    Real and imaginary part are the channels; hop is a quarter of each of ``n_ffts``. Runs in float32 under any
    autocast: phases of quiet bins overflow half precision into NaN. Raises `ConfigError` for a wave shorter than the
    longest n_fft.
    """

    def __init__(self, n_ffts: Sequence[int] = (2048, 1024, 512), channels: int = 32) -> None:
        super().__init__()
        self.n_ffts = tuple(n_ffts)
        self.discriminators = nn.ModuleList(spectral_stack(2, channels, (1, 2, 4), slope=0.3) for _ in n_ffts)

    def forward(self, wave: Tensor) -> Judgement:
        require_samples(wave, max(self.n_ffts))
        features = []
        with torch.autocast(wave.device.type, enabled=False):
            for n_fft, discriminator in zip(self.n_ffts, self.discriminators, strict=True):
                frames = spectrum(wave, n_fft, n_fft // 4, n_fft, normalised=True).transpose(1, 2)
                features.append(discriminator(_image([frames.real, frames.imag])))
        return judgement(features)


def require_samples(wave: Tensor, least: int) -> None:
    """Raise `ConfigError` for waves ``[B, 1, L]`` that are shorter than a window needs them to be."""
    if wave.shape[-1] < least:
        raise ConfigError(
            f"data.segment_samples: a spectral discriminator needs {least} samples or more, got {wave.shape[-1]}."
        )


def _image(channels: Sequence[Tensor]) -> Tensor:
    """Spectra ``[B, X, Y]`` as ``[B, channels, X, Y]``. On a CPU the channel is innermost in memory, and so it stays in
    all that is computed from it: with so few channels that takes a fifth less time."""
    if channels[0].is_cuda:
        return torch.stack(list(channels), dim=1)
    return torch.stack(list(channels), dim=-1).movedim(-1, 1)


def spectrum(wave: Tensor, n_fft: int, hop_length: int, win_length: int, normalised: bool = False) -> Tensor:
    """Complex spectrum ``[B, n_fft // 2 + 1, frames]`` of ``[B, 1, L]``, Hann window, in float32 under any autocast.

    ``normalised`` divides by the window's root energy, so that all lengths give numbers of one size.
    """
    with torch.autocast(wave.device.type, enabled=False):
        window = torch.hann_window(win_length, device=wave.device)
        window = window / window.norm() if normalised else window
        return torch.stft(
            wave.squeeze(1).float(), n_fft, hop_length, win_length, window, center=False, return_complex=True
        )
