"""Voices as other rooms, microphones and moods would give them, made from power mels on the training device.

Working on power mels needs no waveforms and costs next to nothing: what is not correlated adds in power, a room's
tail is a decay of power, a filter is a factor for each band, and speed scales both axes of the picture.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import compress, decompress
from voiceclone.training.augment_bands import band_centres, smooth_curves, warp_matrices


class Augmentation(ABC):
    """One kind of change. ``apply`` changes all rows; each row keeps the result with ``probability``."""

    def __init__(self, probability: float) -> None:
        self.probability = probability

    @abstractmethod
    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        """Power mels ``[B, n_mels, T]`` to changed ones of the same shape."""

    def __call__(self, power: Tensor, contract: AudioContract) -> Tensor:
        chosen = torch.rand(len(power), 1, 1, device=power.device) < self.probability
        return torch.where(chosen, self.apply(power, contract), power)


class Noise(Augmentation):
    """Steady noise of a random colour, at a signal-to-noise ratio drawn from ``snr_db``."""

    def __init__(self, probability: float, snr_db: tuple[float, float], tilt_db: float = 12.0) -> None:
        super().__init__(probability)
        self.snr_db, self.tilt_db = snr_db, tilt_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        colour = from_db(smooth_curves(len(power), power.shape[1], self.tilt_db, power.device))
        # The power of Gaussian noise in a band fluctuates exponentially from frame to frame.
        noise = colour[:, :, None] * torch.empty_like(power).exponential_()
        return power + at_snr(noise, power, self.snr_db)


class Babble(Augmentation):
    """Another speaker of the batch in the background, at a signal-to-noise ratio drawn from ``snr_db``."""

    def __init__(self, probability: float, snr_db: tuple[float, float]) -> None:
        super().__init__(probability)
        self.snr_db = snr_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        others = power[torch.randperm(len(power), device=power.device)]
        return power + at_snr(others, power, self.snr_db)


class Reverberation(Augmentation):
    """A room: power that decays by 60 dB in a time (seconds) drawn from ``t60``, beside the direct sound.

    ``direct_db`` is the range of the ratio of direct to reverberant energy.
    """

    def __init__(self, probability: float, t60: tuple[float, float], direct_db: tuple[float, float]) -> None:
        super().__init__(probability)
        self.t60, self.direct_db = t60, direct_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        n_rows, _, n_frames = power.shape
        length = min(n_frames, math.ceil(self.t60[1] * contract.frame_rate))
        t60 = uniform(self.t60, (n_rows, 1), power.device)
        after = torch.arange(1, length, device=power.device) / contract.frame_rate
        tail = from_db(-60 * after / t60)
        tail = tail / tail.sum(1, keepdim=True) * from_db(-uniform(self.direct_db, (n_rows, 1), power.device))
        room = torch.cat([torch.ones_like(tail[:, :1]), tail], 1).flip(1)
        padded = F.pad(power, (length - 1, 0)).transpose(0, 1)
        return F.conv1d(padded, room[:, None], groups=n_rows).transpose(0, 1)


class Gain(Augmentation):
    """Another level, by a number of decibels drawn from ``gain_db``."""

    def __init__(self, probability: float, gain_db: tuple[float, float]) -> None:
        super().__init__(probability)
        self.gain_db = gain_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        return power * from_db(uniform(self.gain_db, (len(power), 1, 1), power.device))


class Colour(Augmentation):
    """Another microphone: a smooth random response whose curves deviate by ``deviation_db``."""

    def __init__(self, probability: float, deviation_db: float) -> None:
        super().__init__(probability)
        self.deviation_db = deviation_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        response = smooth_curves(len(power), power.shape[1], self.deviation_db, power.device)
        return power * from_db(response)[:, :, None]


class BandLimit(Augmentation):
    """A narrow channel such as a telephone: limits in Hz drawn from ``low`` and ``high``, ``slope_db`` an octave."""

    def __init__(
        self, probability: float, low: tuple[float, float], high: tuple[float, float], slope_db: float = 24.0
    ) -> None:
        super().__init__(probability)
        self.low, self.high, self.slope_db = low, high, slope_db

    def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
        centres = band_centres(contract).to(power.device)
        below = (uniform(self.low, (len(power), 1), power.device) / centres).log2().clamp(min=0)
        above = (centres / uniform(self.high, (len(power), 1), power.device)).log2().clamp(min=0)
        return power * from_db(-self.slope_db * (below + above))[:, :, None]


class Speed:
    """All utterances of a speaker faster or slower by one factor from ``factors``, pitch and formants included.

    That makes a speaker nobody knows, and GE2E needs no name for it; a loss with a fixed list of speakers is better
    off without. The result is shorter than the input by the largest factor.
    """

    def __init__(self, probability: float, factors: tuple[float, float]) -> None:
        self.probability, self.factors = probability, factors

    def __call__(
        self, power: Tensor, lengths: Tensor, n_utterances: int, contract: AudioContract
    ) -> tuple[Tensor, Tensor]:
        """Power mels ``[B, n_mels, T]`` and ``lengths [B]`` to ``[B, n_mels, T / largest factor]`` and lengths."""
        n_speakers = len(power) // n_utterances
        factors = uniform(self.factors, (n_speakers,), power.device)
        factors = torch.where(torch.rand_like(factors) < self.probability, factors, torch.ones_like(factors))
        factors = factors.repeat_interleave(n_utterances)
        n_frames = int(power.shape[2] / max(1.0, self.factors[1]))
        warped = torch.bmm(warp_matrices(factors, contract), _at_rate(power, factors, n_frames))
        return warped, (lengths / factors).ceil().long().clamp(max=n_frames)


class Augmenter(nn.Module):
    """Named augmentations in the order of ``steps`` (None is left out), after ``speed``, on batches by speaker."""

    def __init__(
        self, contract: AudioContract, steps: Mapping[str, Augmentation | None], speed: Speed | None = None
    ) -> None:
        super().__init__()
        self.contract, self.speed = contract, speed
        self.steps = {name: step for name, step in steps.items() if step is not None}

    @torch.no_grad()
    def forward(self, mel: Tensor, lengths: Tensor, n_utterances: int) -> tuple[Tensor, Tensor]:
        """Mels ``[N * M, n_mels, T]`` under the contract and their lengths, M = ``n_utterances`` to a speaker."""
        power = decompress(mel.float(), self.contract) ** (2 / self.contract.power)
        if self.speed is not None:
            power, lengths = self.speed(power, lengths, n_utterances, self.contract)
        for step in self.steps.values():
            power = step(power, self.contract)
        return compress(power ** (self.contract.power / 2), self.contract), lengths


def uniform(bounds: tuple[float, float], shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Numbers drawn evenly between ``bounds``."""
    return torch.empty(shape, device=device).uniform_(float(bounds[0]), float(bounds[1]))


def from_db(level: Tensor) -> Tensor:
    """Decibels to a ratio of powers."""
    return 10 ** (level / 10)


def at_snr(noise: Tensor, power: Tensor, snr_db: tuple[float, float]) -> Tensor:
    """``noise`` scaled to a signal-to-noise ratio against ``power`` drawn for each row."""
    wanted = power.mean((1, 2), keepdim=True) * from_db(-uniform(snr_db, (len(power), 1, 1), power.device))
    return noise * wanted / noise.mean((1, 2), keepdim=True).clamp(min=1e-12)


def _at_rate(power: Tensor, factors: Tensor, n_frames: int) -> Tensor:
    """Frames at 0, r, 2 r, ... of each row, between neighbours in a straight line: ``[B, n_mels, n_frames]``."""
    places = factors[:, None] * torch.arange(n_frames, device=power.device)
    first = places.floor().clamp(max=power.shape[2] - 1).long()
    second = (first + 1).clamp(max=power.shape[2] - 1)
    share = (places - first)[:, None, :]
    rows = (len(power), power.shape[1], n_frames)
    left, right = (power.gather(2, index[:, None, :].expand(rows)) for index in (first, second))
    return torch.lerp(left, right, share)
