"""What all discriminators share: stacks of convolutions that are asked for every layer's output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.vocoder.weight_norm import weight_norm

Judgement: TypeAlias = tuple[list[Tensor], list[list[Tensor]]]
"""Scores ``[B, N]`` and feature maps (the raw scores last) of each sub-discriminator."""

Wrap: TypeAlias = Callable[[nn.Module], nn.Module]


class ConvStack(nn.Module):
    """Convolutions with LeakyReLU between, then one to a single channel. Returns every layer's output in order."""

    def __init__(
        self, convs: Iterable[nn.Module], conv_post: nn.Module, slope: float, wrap: Wrap = weight_norm
    ) -> None:
        super().__init__()
        self.convs = nn.ModuleList(wrap(conv) for conv in convs)
        self.conv_post = wrap(conv_post)
        self.slope = slope

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), self.slope)
            features.append(x)
        return [*features, self.conv_post(x)]


def spectral_stack(channels_in: int, channels: int, dilations: Sequence[int], slope: float) -> ConvStack:
    """The stack for spectrograms ``[B, channels_in, X, Y]``, as UnivNet and EnCodec have it.

    Its kernels are 3 x 9 and one layer for each of ``dilations`` (over X) halves Y.
    """
    first = nn.Conv2d(channels_in, channels, (3, 9), padding=(1, 4))
    halving = [nn.Conv2d(channels, channels, (3, 9), stride=(1, 2), dilation=(d, 1), padding=(d, 4)) for d in dilations]
    last = nn.Conv2d(channels, channels, 3, padding=1)
    return ConvStack([first, *halving, last], nn.Conv2d(channels, 1, 3, padding=1), slope)


def judgement(features: Sequence[list[Tensor]]) -> Judgement:
    """Each sub-discriminator's outputs, layer by layer -> scores and feature maps."""
    return [maps[-1].flatten(1) for maps in features], list(features)
