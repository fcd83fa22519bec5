"""HiFi-GAN's generator (Kong et al., 2020): transposed convolutions, each followed by parallel residual blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.errors import ConfigError
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inputs import require_bands
from voiceclone.models.vocoder.receptive_field import Span
from voiceclone.models.vocoder.weight_norm import weight_norm

SLOPE = 0.1


def same_conv(channels_in: int, channels_out: int, kernel_size: int, dilation: int = 1) -> nn.Conv1d:
    """A weight-normed convolution that keeps the length."""
    padding = (kernel_size - 1) // 2 * dilation
    return weight_norm(nn.Conv1d(channels_in, channels_out, kernel_size, dilation=dilation, padding=padding))


class PairedResidualBlock(nn.Module):
    """The block of V1 and V2: a dilated and a plain convolution in every residual step, ``[B, C, T]`` in and out."""

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(same_conv(channels, channels, kernel_size, d) for d in dilations)
        self.convs2 = nn.ModuleList(same_conv(channels, channels, kernel_size) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            x = x + plain(F.leaky_relu(dilated(F.leaky_relu(x, SLOPE)), SLOPE))
        return x


class SingleResidualBlock(nn.Module):
    """The lighter block of V3: one dilated convolution in every residual step, ``[B, C, T]`` in and out."""

    def __init__(self, channels: int, kernel_size: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(same_conv(channels, channels, kernel_size, d) for d in dilations)

    def forward(self, x: Tensor) -> Tensor:
        for dilated in self.convs:
            x = x + dilated(F.leaky_relu(x, SLOPE))
        return x


class HiFiGANGenerator(Generator):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]`` in -1..1.

    ``hop_length`` is the product of ``upsample_rates``; every stage halves ``channels``. ``residual_block`` is
    ``"1"`` (paired convolutions: V1, V2) or ``"2"`` (single ones: V3). ``receptive_field`` is in mel frames.
    Raises `ConfigError` for lists of unequal length, and for kernels that would make more than ``hop_length`` samples.
    """

    def __init__(
        self,
        n_mels: int,
        channels: int,
        upsample_rates: Sequence[int],
        upsample_kernel_sizes: Sequence[int],
        residual_block: str,
        residual_kernel_sizes: Sequence[int],
        residual_dilations: Sequence[Sequence[int]],
    ) -> None:
        super().__init__()
        _check(upsample_rates, upsample_kernel_sizes, residual_block, residual_kernel_sizes, residual_dilations)
        self.n_mels = n_mels
        self.hop_length = math.prod(upsample_rates)
        self.n_branches = len(residual_kernel_sizes)
        stages = list(zip(upsample_rates, upsample_kernel_sizes, strict=True))
        branches = list(zip(residual_kernel_sizes, residual_dilations, strict=True))
        block = PairedResidualBlock if residual_block == "1" else SingleResidualBlock
        widths = [channels // 2**stage for stage in range(len(stages) + 1)]
        self.conv_pre = same_conv(n_mels, channels, 7)
        self.ups = nn.ModuleList(
            weight_norm(nn.ConvTranspose1d(widths[i], widths[i + 1], k, rate, padding=(k - rate) // 2))
            for i, (rate, k) in enumerate(stages)
        )
        self.resblocks = nn.ModuleList(block(width, k, d) for width in widths[1:] for k, d in branches)
        self.conv_post = same_conv(widths[-1], 1, 7)
        self.receptive_field = _receptive_field(stages, branches, paired=residual_block == "1")
        self.apply(_initialise)

    def forward(self, mel: Tensor) -> Tensor:
        require_bands(mel, self.n_mels)
        x = self.conv_pre(mel)
        for stage, upsample in enumerate(self.ups):
            x = upsample(F.leaky_relu(x, SLOPE))
            branches = self.resblocks[stage * self.n_branches : (stage + 1) * self.n_branches]
            x = sum(branch(x) for branch in branches) / self.n_branches
        # The published last activation has PyTorch's default slope, not the one used everywhere else.
        return self._wave(F.leaky_relu(x))

    def _wave(self, x: Tensor) -> Tensor:
        # Under autocast too a sample deserves all 24 bits: bfloat16 would leave it 8.
        with torch.autocast(x.device.type, enabled=False):
            return torch.tanh(self.conv_post(x.to(next(self.conv_post.parameters()).dtype)))


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, nn.ConvTranspose1d) or (
        isinstance(layer, nn.Conv1d) and layer.in_channels == layer.out_channels
    ):
        nn.init.normal_(layer.weight, 0.0, 0.01)


def _check(
    rates: Sequence[int], kernels: Sequence[int], block: str, sizes: Sequence[int], dilations: Sequence[Sequence[int]]
) -> None:
    if block not in ("1", "2"):
        raise ConfigError(f"generator.residual_block: expected '1' or '2', got {block!r}.")
    if len(rates) != len(kernels) or len(sizes) != len(dilations):
        raise ConfigError(
            f"generator: needs as many upsample_kernel_sizes as upsample_rates ({len(kernels)}, {len(rates)}) and as "
            f"many residual_dilations as residual_kernel_sizes ({len(dilations)}, {len(sizes)})."
        )
    for rate, kernel in zip(rates, kernels, strict=True):
        if kernel < rate or (kernel - rate) % 2:
            raise ConfigError(
                f"generator.upsample_kernel_sizes: {kernel} over a rate of {rate} does not make {rate} samples of one; "
                "a kernel must be as long as its rate, or longer by an even number."
            )


def _receptive_field(
    stages: Sequence[tuple[int, int]], branches: Sequence[tuple[int, Sequence[int]]], paired: bool
) -> int:
    span = Span(0, math.prod(rate for rate, _ in stages) - 1).before_conv(7)
    for rate, kernel_size in reversed(stages):
        spans = []
        for size, dilations in branches:
            steps = sum(dilations) + (len(dilations) if paired else 0)
            spans.append(span.before_conv(size, steps))
        widest = max(spans, key=lambda s: s.width)
        span = widest.before_upsampling(kernel_size, rate, (kernel_size - rate) // 2)
    return span.before_conv(7).width
