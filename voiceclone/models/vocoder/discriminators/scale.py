"""The multi-scale discriminators: the wave itself, and the wave averaged down to half and a quarter of its rate."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from voiceclone.models.vocoder.discriminators.stack import ConvStack, Judgement, Wrap, judgement
from voiceclone.models.vocoder.weight_norm import weight_norm

# (channels out, kernel size, stride, groups) of HiFi-GAN's published layers, channels in units of the width.
_HIFIGAN_LAYERS = (
    (1, 15, 1, 1),
    (1, 41, 2, 4),
    (2, 41, 2, 16),
    (4, 41, 4, 16),
    (8, 41, 4, 16),
    (8, 41, 1, 16),
    (8, 5, 1, 1),
)


class MultiScale(nn.Module):
    """HiFi-GAN's (Kong et al., 2020): wave ``[B, 1, L]`` -> scores and feature maps of three scales.

    The full rate is spectrally normalised, the others weight-normed. ``width`` is the first layer's; a multiple of 16.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            _hifigan_scale(width, wrap) for wrap in (spectral_norm, weight_norm, weight_norm)
        )

    def forward(self, wave: Tensor) -> Judgement:
        features = []
        for scale, discriminator in enumerate(self.discriminators):
            wave = F.avg_pool1d(wave, 4, 2, padding=2) if scale else wave
            features.append(discriminator(wave))
        return judgement(features)


def _hifigan_scale(width: int, wrap: Wrap) -> ConvStack:
    convs, channels = [], 1
    for factor, kernel_size, stride, groups in _HIFIGAN_LAYERS:
        out = width * factor
        convs.append(nn.Conv1d(channels, out, kernel_size, stride, padding=kernel_size // 2, groups=groups))
        channels = out
    return ConvStack(convs, nn.Conv1d(channels, 1, 3, padding=1), slope=0.1, wrap=wrap)


class MelGANMultiScale(nn.Module):
    """MelGAN's (Kumar et al., 2019): wave ``[B, 1, L]`` -> scores and feature maps of ``n_scales`` scales.

    ``width`` is the first layer's; each of ``rates`` downsamples by itself and widens fourfold, to 1024 at most.
    """

    def __init__(self, n_scales: int = 3, width: int = 16, rates: Sequence[int] = (4, 4, 4, 4)) -> None:
        super().__init__()
        self.model = nn.ModuleDict({f"disc_{scale}": MelGANScale(width, rates) for scale in range(n_scales)})

    def forward(self, wave: Tensor) -> Judgement:
        features = []
        for scale, discriminator in enumerate(self.model.values()):
            wave = F.avg_pool1d(wave, 4, 2, padding=1, count_include_pad=False) if scale else wave
            features.append(discriminator(wave))
        return judgement(features)


class MelGANScale(nn.Module):
    """One scale: grouped strided convolutions. Returns every layer's output in order."""

    def __init__(self, width: int, rates: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Sequential(nn.ReflectionPad1d(7), _conv(1, width, 15), nn.LeakyReLU(0.2))]
        for rate in rates:
            out = min(width * rate, 1024)
            conv = _conv(width, out, 10 * rate + 1, stride=rate, padding=5 * rate, groups=width // 4)
            layers.append(nn.Sequential(conv, nn.LeakyReLU(0.2)))
            width = out
        out = min(width * 2, 1024)
        layers.append(nn.Sequential(_conv(width, out, 5, padding=2), nn.LeakyReLU(0.2)))
        layers.append(_conv(out, 1, 3, padding=1))
        self.model = nn.Sequential(OrderedDict((f"layer_{i}", layer) for i, layer in enumerate(layers)))

    def forward(self, wave: Tensor) -> list[Tensor]:
        features = [wave]
        for layer in self.model:
            features.append(layer(features[-1]))
        return features[1:]


def _conv(channels_in: int, channels_out: int, kernel_size: int, **settings: Any) -> nn.Module:
    return weight_norm(nn.Conv1d(channels_in, channels_out, kernel_size, **settings))
