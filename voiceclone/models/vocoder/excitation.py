"""What a source-filter vocoder filters: pulses at the pitch, and noise, both of unit power."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

NOISE_FRAMES = 509  # after which the noise repeats: too long to be heard as a period


class Place(NamedTuple):
    """Where in its sources an utterance is: ``turns`` [B], cycles of the pitch modulo 1, float64, and ``frame`` [B]."""

    turns: Tensor
    frame: Tensor

    @classmethod
    def beginning(cls, like: Tensor) -> Place:
        """Of B utterances, B the first dimension of ``like``."""
        zeros = torch.zeros(len(like), device=like.device)
        return cls(zeros.double(), zeros.long())

    @classmethod
    def anywhere(cls, like: Tensor) -> Place:
        """At random, as segments for training lie."""
        n, device = len(like), like.device
        return cls(torch.rand(n, device=device).double(), torch.randint(NOISE_FRAMES, (n,), device=device))


def turns_of(f0: Tensor, hop_length: int, sample_rate: int) -> Tensor:
    """Cycles until each sample, ``[B, T * hop_length + 1]`` from 0, of ``f0`` [B, T] in Hz at the frames' centres.

    In float64: an error in the phase is multiplied by the number of the harmonic.
    """
    pitch = F.interpolate(f0.double()[:, None], scale_factor=hop_length, mode="linear")[:, 0]
    return F.pad((pitch / sample_rate).cumsum(dim=1), (1, 0))


def pulses(turns: Tensor, voiced: Tensor, hop_length: int) -> Tensor:
    """All harmonics of the pitch below half the sample rate in equal strength, ``[B, L]`` for ``turns`` [B, L + 1].

    ``voiced`` [B, T] is their amplitude. The sum of K cosines in closed form, so that its cost does not depend on K.
    """
    harmonics = (0.5 / turns.diff(dim=1)).floor().to(voiced.dtype)
    here = turns[:, :-1]
    phase = (here - here.round()).to(voiced.dtype)
    odd = 2 * harmonics + 1
    wave = (odd * torch.sinc(odd * phase) / torch.sinc(phase) - 1) / (2 * harmonics).sqrt()
    return wave * F.interpolate(voiced[:, None], scale_factor=hop_length, mode="linear")[:, 0]


def noise(frame: Tensor, n_frames: int, hop_length: int) -> Tensor:
    """White noise ``[B, n_frames * hop_length]`` from ``frame`` [B] on: at a place it is always the same."""
    places = (frame[:, None] + torch.arange(n_frames, device=frame.device)) % NOISE_FRAMES
    return _kept_noise(hop_length, frame.device)[places].flatten(1)


@cache
def _kept_noise(hop_length: int, device: torch.device) -> Tensor:
    """The same on every device, so drawn on the CPU; and outside inference mode, so that training can use it too."""
    with torch.inference_mode(False):
        return torch.randn(NOISE_FRAMES, hop_length, generator=torch.Generator().manual_seed(0)).to(device)
