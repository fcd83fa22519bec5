"""MelGAN's generator (Kumar et al., 2019): transposed convolutions and dilated residual stacks, reflection padded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor, nn

from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inputs import at_least_frames, require_bands
from voiceclone.models.vocoder.receptive_field import Span
from voiceclone.models.vocoder.weight_norm import weight_norm

SLOPE = 0.2
MIN_FRAMES = 4  # reflection by 3 frames needs one frame more than it reflects


class ResidualStack(nn.Module):
    """A dilated convolution of 3 and one of 1, beside a learned shortcut; ``[B, C, T]`` in and out."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.LeakyReLU(SLOPE),
            nn.ReflectionPad1d(dilation),
            weight_norm(nn.Conv1d(channels, channels, 3, dilation=dilation)),
            nn.LeakyReLU(SLOPE),
            weight_norm(nn.Conv1d(channels, channels, 1)),
        )
        self.shortcut = weight_norm(nn.Conv1d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.block(x)


class MelGANGenerator(Generator):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]`` in -1..1.

    ``channels`` is the width of the last stage (the paper's ngf), doubled for every stage before it. The published
    weights expect mels of log10. ``receptive_field`` is in mel frames.
    """

    def __init__(self, n_mels: int, channels: int, upsample_rates: Sequence[int], n_residual: int) -> None:
        super().__init__()
        self.n_mels = n_mels
        self.hop_length = math.prod(upsample_rates)
        widths = [channels * 2**stage for stage in range(len(upsample_rates), -1, -1)]
        layers: list[nn.Module] = [nn.ReflectionPad1d(3), weight_norm(nn.Conv1d(n_mels, widths[0], 7))]
        for rate, wide, narrow in zip(upsample_rates, widths[:-1], widths[1:], strict=True):
            layers += [nn.LeakyReLU(SLOPE), _upsample(wide, narrow, rate)]
            layers += [ResidualStack(narrow, dilation=3**i) for i in range(n_residual)]
        layers += [nn.LeakyReLU(SLOPE), nn.ReflectionPad1d(3), weight_norm(nn.Conv1d(channels, 1, 7)), nn.Tanh()]
        self.model = nn.Sequential(*layers)
        self.receptive_field = _receptive_field(upsample_rates, n_residual)
        self.apply(_initialise)

    def forward(self, mel: Tensor) -> Tensor:
        require_bands(mel, self.n_mels)
        return self.model(at_least_frames(mel, MIN_FRAMES))[..., : mel.shape[-1] * self.hop_length]


def _upsample(channels_in: int, channels_out: int, rate: int) -> nn.Module:
    padding = rate // 2 + rate % 2
    return weight_norm(
        nn.ConvTranspose1d(channels_in, channels_out, 2 * rate, rate, padding=padding, output_padding=rate % 2)
    )


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)


def _receptive_field(rates: Sequence[int], n_residual: int) -> int:
    span = Span(0, math.prod(rates) - 1).before_conv(7)
    for rate in reversed(rates):
        span = span.before_conv(3, sum(3**i for i in range(n_residual)))
        span = span.before_upsampling(2 * rate, rate, rate // 2 + rate % 2)
    return span.before_conv(7).width
