"""A network small enough to run through in milliseconds, and a batch for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from voiceclone.models.acoustic import (
    Conditioning,
    Decoder,
    LocationSensitiveAttention,
    Postnet,
    Prenet,
    Tacotron2,
    TextEncoder,
)

N_MELS, N_SYMBOLS = 6, 12


@pytest.fixture
def build() -> Callable[..., Tacotron2]:
    def make(conditioning: Conditioning | None = None, mask_padding: bool = True, **decoder: object) -> Tacotron2:
        torch.manual_seed(0)
        width = conditioning.width if conditioning else 0
        attention = LocationSensitiveAttention(16, 8, width=10, location_filters=4, location_kernel=5)
        parts = Decoder(N_MELS, Prenet(N_MELS, (7, 7)), attention, 8, 16, 14, condition_width=width, **decoder)  # type: ignore[arg-type]
        return Tacotron2(TextEncoder(N_SYMBOLS, 8), parts, Postnet(N_MELS, 9, 3), conditioning, -1.0, 2.0, mask_padding)

    return make


@pytest.fixture
def batch() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Symbols, their lengths, mel, its lengths; neither sorted by length."""
    torch.manual_seed(1)
    text, mel = torch.randint(1, N_SYMBOLS, (3, 9)), torch.randn(3, N_MELS, 20)
    text_lengths, mel_lengths = torch.tensor([5, 9, 7]), torch.tensor([8, 20, 13])
    for item in range(3):
        text[item, text_lengths[item] :] = 0
        mel[item, :, mel_lengths[item] :] = 0
    return text, text_lengths, mel, mel_lengths
