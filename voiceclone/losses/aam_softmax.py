"""Additive angular margin softmax (ArcFace: Deng, Guo, Xue and Zafeiriou, CVPR 2019), ECAPA-TDNN's loss."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.errors import ConfigError, DataError


class AAMSoftmaxLoss(nn.Module):
    """Cross-entropy over the training speakers, whose own angle must win by ``margin`` radians.

    Each of ``speakers`` (their names or their number) has one direction in the space of ``embedding_size``
    dimensions; ``scale`` multiplies the cosines. Unlike GE2E it needs to know all speakers beforehand, and copes
    with a single utterance of each.
    """

    def __init__(
        self, speakers: Sequence[str] | int, embedding_size: int, margin: float = 0.2, scale: float = 30.0
    ) -> None:
        super().__init__()
        n_speakers = speakers if isinstance(speakers, int) else len(speakers)
        if n_speakers < 2:
            raise ConfigError(f"AAM-softmax tells speakers apart: it needs at least 2 of them, got {n_speakers}.")
        if not 0 <= margin < math.pi / 2:
            raise ConfigError(f"AAM-softmax: margin is an angle in radians, 0 <= margin < pi / 2, got {margin}.")
        self.weight = nn.Parameter(nn.init.xavier_normal_(torch.empty(n_speakers, embedding_size)))
        self.margin = margin
        self.scale = scale

    def forward(self, embeddings: Tensor, speakers: Tensor) -> Tensor:
        """Mean loss, a float32 scalar, of ``embeddings [N, M, D]`` of the ``speakers [N]``, in float32.

        Raises `DataError` for a speaker number that none of them has.
        """
        targets = speakers.repeat_interleave(embeddings.shape[1])
        self._require_known(targets)
        with torch.autocast(embeddings.device.type, enabled=False):
            unit = F.normalize(embeddings.float().flatten(0, 1), dim=1)
            cosines = unit @ F.normalize(self.weight.float(), dim=1).T
            own = cosines.gather(1, targets[:, None])
            logits = cosines.scatter(1, targets[:, None], self._with_margin(own))
            return F.cross_entropy(self.scale * logits, targets)

    def _with_margin(self, cosine: Tensor) -> Tensor:
        # The root's gradient is infinite at 0, which an embedding on its speaker's very direction would reach.
        sine = (1 - cosine.square()).clamp(min=1e-6).sqrt()
        turned = cosine * math.cos(self.margin) - sine * math.sin(self.margin)
        # Past pi - margin the cosine would rise again: there it goes on falling in a straight line.
        beyond = cosine - math.sin(self.margin) * self.margin
        return torch.where(cosine > -math.cos(self.margin), turned, beyond)

    def _require_known(self, speakers: Tensor) -> None:
        if speakers.is_cpu and (int(speakers.min()) < 0 or int(speakers.max()) >= len(self.weight)):
            raise DataError(
                f"AAM-softmax was built for {len(self.weight)} speakers, numbered from 0, and was given the numbers "
                f"{int(speakers.min())} to {int(speakers.max())}. Give it all speakers of the training set."
            )
