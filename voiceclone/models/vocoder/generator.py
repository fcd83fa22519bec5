"""What every vocoder is."""

from __future__ import annotations

from torch import nn


class Generator(nn.Module):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]``.

    ``receptive_field`` is the number of mel frames that a frame of the wave depends on, itself in the middle.
    """

    n_mels: int
    hop_length: int
    receptive_field: int
