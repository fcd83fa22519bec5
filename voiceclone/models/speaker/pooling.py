"""From frames to one vector an utterance: mean and deviation over time, plain or weighted by attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from voiceclone.models.speaker.features import mean_over_time

_LEAST_VARIANCE = 1e-5


def statistics(x: Tensor, mask: Tensor | None = None) -> Tensor:
    """Mean and standard deviation over the frames of each row: ``[B, C, T] -> [B, 2 C, 1]``.

    Statistics pooling (Snyder et al., ICASSP 2018).
    """
    mean = mean_over_time(x, mask)
    variance = mean_over_time((x - mean).square(), mask)
    return torch.cat([mean, variance.clamp(min=_LEAST_VARIANCE).sqrt()], 1)


class AttentiveStatistics(nn.Module):
    """Statistics in which each channel weighs the frames by itself: ``[B, C, T] -> [B, 2 C, 1]``.

    The weights are computed from the frames beside the utterance's mean and deviation (Desplanques, Thienpondt and
    Demuynck, Interspeech 2020, section 3.1).
    """

    def __init__(self, channels: int, bottleneck: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            nn.Conv1d(3 * channels, bottleneck, 1),
            nn.ReLU(),
            nn.BatchNorm1d(bottleneck),
            nn.Tanh(),
            nn.Conv1d(bottleneck, channels, 1),
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        context = statistics(x, mask).expand(-1, -1, x.shape[2])
        scores = self.score(torch.cat([x, context], 1)).float()
        if mask is not None:
            scores = scores.masked_fill(mask == 0, -torch.inf)
        weights = scores.softmax(2)
        x = x.float()
        mean = (weights * x).sum(2, keepdim=True)
        variance = (weights * (x - mean).square()).sum(2, keepdim=True)
        return torch.cat([mean, variance.clamp(min=_LEAST_VARIANCE).sqrt()], 1)
