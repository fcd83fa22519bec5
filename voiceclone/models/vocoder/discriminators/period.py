"""The multi-period discriminator (HiFi-GAN; Kong et al., 2020): every p-th sample, for several p."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.vocoder.discriminators.stack import ConvStack, Judgement, judgement


class Period(ConvStack):
    """Folds a wave into columns of ``period`` samples, and convolves down each row of equal phase."""

    def __init__(self, period: int, widths: Sequence[int]) -> None:
        inputs = (1, *widths[:-1])
        strides = [3] * (len(widths) - 1) + [1]
        super().__init__(
            (
                nn.Conv2d(i, o, (5, 1), (stride, 1), padding=(2, 0))
                for i, o, stride in zip(inputs, widths, strides, strict=True)
            ),
            nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0)),
            slope=0.1,
        )
        self.period = period

    def forward(self, wave: Tensor) -> list[Tensor]:
        x = F.pad(wave, (0, -wave.shape[-1] % self.period), mode="reflect")
        return super().forward(x.unflatten(-1, (-1, self.period)))


class MultiPeriod(nn.Module):
    """Wave ``[B, 1, L]`` -> scores and feature maps, one sub-discriminator for each of ``periods``."""

    def __init__(
        self, periods: Sequence[int] = (2, 3, 5, 7, 11), widths: Sequence[int] = (32, 128, 512, 1024, 1024)
    ) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(Period(period, widths) for period in periods)

    def forward(self, wave: Tensor) -> Judgement:
        return judgement([discriminator(wave) for discriminator in self.discriminators])
