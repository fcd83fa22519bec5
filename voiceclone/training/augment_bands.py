"""The frequency axis of a mel, for augmentations: where its bands lie, and curves and shifts over them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.filterbank import hz_to_mel, mel_to_hz

_N_COSINES = 4


@lru_cache(maxsize=8)
def band_centres(contract: AudioContract) -> Tensor:
    """The frequencies in Hz, ``[n_mels]``, at which the bands peak."""
    ends = hz_to_mel(np.array([contract.f_min, contract.f_max]), contract.mel_scale)
    peaks = np.linspace(ends[0], ends[1], contract.n_mels + 2)[1:-1]
    return torch.tensor(mel_to_hz(peaks, contract.mel_scale), dtype=torch.float32)


def smooth_curves(n_rows: int, n_bands: int, deviation: float, device: torch.device) -> Tensor:
    """Random curves ``[n_rows, n_bands]``, a few cosines each, with a standard deviation of ``deviation``."""
    bands = torch.linspace(0, math.pi, n_bands, device=device)
    orders = torch.arange(1, _N_COSINES + 1, device=device)
    strengths = torch.randn(n_rows, _N_COSINES, device=device) / orders
    total = orders.float().reciprocal().square().sum().sqrt() / math.sqrt(2)
    return strengths @ torch.cos(orders[:, None] * bands) * (deviation / total)


def warp_matrices(factors: Tensor, contract: AudioContract) -> Tensor:
    """For each of ``factors [B]`` the matrix ``[n_mels, n_mels]`` that multiplies all frequencies of a power mel by it.

    A band takes the power density that lay at its frequency divided by the factor, between two bands in a straight
    line.
    """
    scale, n_mels = contract.mel_scale, contract.n_mels
    sources = band_centres(contract).double().numpy() / factors.double().cpu().numpy()[:, None]
    ends = hz_to_mel(np.array([contract.f_min, contract.f_max]), scale)
    places = (hz_to_mel(sources, scale) - ends[0]) / (ends[1] - ends[0]) * (n_mels + 1) - 1
    distance = torch.from_numpy(places.clip(0, n_mels - 1))[:, :, None] - torch.arange(n_mels)
    return (1 - distance.abs()).clamp(min=0).to(factors)
