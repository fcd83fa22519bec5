"""An utterance of any length as overlapping windows of the length an encoder was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from voiceclone.errors import ConfigError


def window_starts(n_frames: float, window: int, step: int, min_coverage: float) -> list[int]:
    """First frames of the windows over an utterance of ``n_frames`` (fractions of a frame count).

    There is always one; a further one is kept if at least ``min_coverage`` of it lies inside the utterance.
    """
    if not (step > 0 and 0 < min_coverage <= 1):
        raise ConfigError(f"partials: needs step > 0 and 0 < min_coverage <= 1, got {step} and {min_coverage}.")
    further = int((n_frames - min_coverage * window) // step)
    return [index * step for index in range(1 + max(0, further))]


def embed_partials(net: nn.Module, partials: Tensor, batch_size: int) -> Tensor:
    """Embeddings ``[P, D]`` of windows ``[P, n_mels, window]``, at most ``batch_size`` at a time."""
    return torch.cat([net(part) for part in partials.split(batch_size)])


def average(embeddings: Tensor, counts: Sequence[int]) -> Tensor:
    """Unit vectors ``[n, D]``: the mean direction of each run of ``counts`` rows of ``embeddings [P, D]``."""
    means = torch.stack([group.mean(0) for group in embeddings.split(list(counts))])
    return nn.functional.normalize(means, dim=1)


def cut(mel: Tensor, starts: Sequence[int], window: int, silence: float = 0.0) -> Tensor:
    """Windows ``[len(starts), n_mels, window]`` of one ``mel [n_mels, T]``, with ``silence`` past its end."""
    missing = starts[-1] + window - mel.shape[1]
    padded = nn.functional.pad(mel, (0, max(0, missing)), value=silence)
    return torch.stack([padded[:, start : start + window] for start in starts])
