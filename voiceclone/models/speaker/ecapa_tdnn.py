"""ECAPA-TDNN (Desplanques, Thienpondt and Demuynck, Interspeech 2020)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.speaker.features import MelFeatures, frame_mask, masked, mean_over_time
from voiceclone.models.speaker.pooling import AttentiveStatistics
from voiceclone.models.speaker.tdnn import TDNNLayer


class Res2Layer(nn.Module):
    """A convolution in ``scale`` slices, each fed by the slice before it, so that one layer sees several contexts."""

    def __init__(self, channels: int, kernel_size: int, dilation: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        width = channels // scale
        self.slices = nn.ModuleList(TDNNLayer(width, width, kernel_size, dilation) for _ in range(scale - 1))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        first, *rest = x.chunk(self.scale, 1)
        outputs = [first]
        for index, (layer, part) in enumerate(zip(self.slices, rest, strict=True)):
            outputs.append(layer(part if index == 0 else part + outputs[-1], mask))
        return torch.cat(outputs, 1)


class SqueezeExcitation(nn.Module):
    """Each channel scaled by what the whole utterance says about it (Hu, Shen and Sun, CVPR 2018)."""

    def __init__(self, channels: int, bottleneck: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv1d(channels, bottleneck, 1)
        self.excite = nn.Conv1d(bottleneck, channels, 1)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        summary = F.relu(self.squeeze(mean_over_time(x, mask)))
        return x * torch.sigmoid(self.excite(summary))


class SERes2Block(nn.Module):
    """Pointwise layer, Res2 layer, pointwise layer, squeeze-excitation, and the input added: ``[B, C, T]`` kept."""

    def __init__(self, channels: int, kernel_size: int, dilation: int, scale: int, bottleneck: int) -> None:
        super().__init__()
        self.before = TDNNLayer(channels, channels)
        self.contexts = Res2Layer(channels, kernel_size, dilation, scale)
        self.after = TDNNLayer(channels, channels)
        self.attend = SqueezeExcitation(channels, bottleneck)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y = self.after(self.contexts(self.before(x, mask), mask), mask)
        return x + self.attend(y, mask)


class EcapaTDNN(nn.Module):
    """Three SE-Res2 blocks of growing dilation, all three outputs aggregated, attentive statistics, one affine layer.

    The published sizes are ``channels`` 512 and 1024 on 80 mels; smaller ones train on a CPU. ``bottleneck`` is the
    width of squeeze-excitation, ``attention`` that of the pooling.
    """

    def __init__(
        self,
        n_mels: int,
        channels: int = 1024,
        aggregated: int = 1536,
        embedding_size: int = 192,
        scale: int = 8,
        bottleneck: int = 128,
        attention: int = 256,
        log_floor: float | None = None,
        mean_normalise: bool = True,
    ) -> None:
        super().__init__()
        self.n_mels, self.embedding_size = n_mels, embedding_size
        self.features = MelFeatures(log_floor, mean_normalise)
        self.entry = TDNNLayer(n_mels, channels, 5)
        self.blocks = nn.ModuleList(SERes2Block(channels, 3, dilation, scale, bottleneck) for dilation in (2, 3, 4))
        self.aggregate = nn.Conv1d(3 * channels, aggregated, 1)
        self.pool = AttentiveStatistics(aggregated, attention)
        self.pool_norm = nn.BatchNorm1d(2 * aggregated)
        self.affine = nn.Linear(2 * aggregated, embedding_size)
        self.norm = nn.BatchNorm1d(embedding_size)

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Unit embeddings ``[B, embedding_size]`` of ``mel [B, n_mels, T]``; ``lengths [B]`` in frames."""
        mask = frame_mask(mel, lengths)
        x = self.entry(self.features(mel, mask), mask)
        outputs = []
        for block in self.blocks:
            x = block(x, mask)
            outputs.append(x)
        x = masked(F.relu(self.aggregate(torch.cat(outputs, 1))), mask)
        pooled = self.pool_norm(self.pool(x, mask)[:, :, 0])
        return F.normalize(self.norm(self.affine(pooled)).float(), dim=1)
