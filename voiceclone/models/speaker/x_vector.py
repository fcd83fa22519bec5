"""The x-vector network (Snyder, Garcia-Romero, Sell, Povey and Khudanpur, ICASSP 2018)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.speaker.features import MelFeatures, frame_mask
from voiceclone.models.speaker.pooling import statistics
from voiceclone.models.speaker.tdnn import TDNNLayer

# Kernel and dilation of the five frame layers of the paper's table 1.
_CONTEXTS = ((5, 1), (3, 2), (3, 3), (1, 1), (1, 1))


class XVector(nn.Module):
    """Five time-delay layers, the mean and deviation over time, one affine layer.

    The sizes are the paper's. Its second segment layer belonged to the classifier it was trained with, which
    the loss replaces here.
    """

    def __init__(
        self,
        n_mels: int,
        channels: int = 512,
        pooled: int = 1500,
        embedding_size: int = 512,
        log_floor: float | None = None,
        mean_normalise: bool = True,
    ) -> None:
        super().__init__()
        self.n_mels, self.embedding_size = n_mels, embedding_size
        self.features = MelFeatures(log_floor, mean_normalise)
        widths = [n_mels, channels, channels, channels, channels, pooled]
        self.frames = nn.ModuleList(
            TDNNLayer(widths[i], widths[i + 1], kernel, dilation) for i, (kernel, dilation) in enumerate(_CONTEXTS)
        )
        self.segment = nn.Linear(2 * pooled, embedding_size)

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Unit embeddings ``[B, embedding_size]`` of ``mel [B, n_mels, T]``; ``lengths [B]`` in frames."""
        mask = frame_mask(mel, lengths)
        x = self.features(mel, mask)
        for layer in self.frames:
            x = layer(x, mask)
        return F.normalize(self.segment(statistics(x, mask)[:, :, 0]).float(), dim=1)
