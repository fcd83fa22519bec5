"""A vocoder, an adversary and data so small that a training takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, Dataset

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.data.batches import VocoderBatch
from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.losses.spectral import MelLoss
from voiceclone.models.vocoder import (
    Generator,
    HiFiGANGenerator,
    ISTFTGenerator,
    MelGANGenerator,
    SourceFilterGenerator,
)
from voiceclone.models.vocoder.discriminators import MultiPeriod, MultiScale
from voiceclone.training.vocoder import VocoderTask

CONTRACT = AudioContract(
    sample_rate=4000, n_fft=64, hop_length=16, win_length=64, n_mels=8, f_min=0, f_max=2000, magnitude_epsilon=1e-9
)
HIFIGAN = {
    "n_mels": 8,
    "channels": 16,
    "upsample_rates": [4, 4],
    "upsample_kernel_sizes": [8, 8],
    "residual_block": "1",
    "residual_kernel_sizes": [3, 5],
    "residual_dilations": [[1, 3], [1, 3]],
}


def generators() -> dict[str, Generator]:
    """One of each kind, all for `CONTRACT`."""
    torch.manual_seed(0)
    return {
        "hifigan": HiFiGANGenerator(**HIFIGAN),
        "hifigan_single": HiFiGANGenerator(**{**HIFIGAN, "residual_block": "2"}),
        "melgan": MelGANGenerator(8, 4, [4, 4], 2),
        "istft": ISTFTGenerator(8, 16, 64, channels=16, hidden=32, n_blocks=2),
        "istft_prior": ISTFTGenerator(8, 16, 64, channels=16, hidden=32, n_blocks=2, prior=CONTRACT),
        "source_filter": SourceFilterGenerator(8, 16, 64, CONTRACT, channels=16, hidden=32, n_blocks=2),
    }


def adversary(**settings: Any) -> AdversarialLoss:
    """Period and scale discriminators, a few channels wide."""
    nets = {"period": MultiPeriod(periods=(2, 3), widths=(4, 8)), "scale": MultiScale(width=16)}
    return AdversarialLoss(nets, **settings)


def task(**settings: Any) -> VocoderTask:
    """A whole task; ``settings`` replace what a test is about."""
    torch.manual_seed(0)
    optimizer = partial(torch.optim.AdamW, lr=1e-3, betas=(0.8, 0.99))
    defaults: dict[str, Any] = {
        "contract": CONTRACT,
        "generator": HiFiGANGenerator(**HIFIGAN),
        "adversarial": adversary(weights={"feature_matching_period": 2.0}),
        "reconstruction": {"mel": MelLoss(CONTRACT)},
        "weights": {"mel": 45.0},
        "generator_optimizer": optimizer,
        "discriminator_optimizer": optimizer,
        "scheduler": partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.9),
        "ema_decay": 0.9,
    }
    return VocoderTask(**{**defaults, **settings})


class Segments(Dataset[VocoderBatch]):
    """Batches of noise with its mels, the same for the same index."""

    def __init__(self, n_batches: int, n_samples: int = 1024, batch_size: int = 2) -> None:
        self.n_batches, self.shape = n_batches, (batch_size, 1, n_samples)
        self.mel = MelSpectrogram(CONTRACT)

    def __len__(self) -> int:
        return self.n_batches

    def __getitem__(self, index: int) -> VocoderBatch:
        wave = 0.1 * torch.randn(self.shape, generator=torch.Generator().manual_seed(index))
        mel, ids = self.mel(wave), [f"clip{index}"] * self.shape[0]
        return VocoderBatch(wave, mel, ids, {"f0": torch.full((len(mel), mel.shape[-1]), 120.0)})


def loader(n_batches: int, **settings: Any) -> DataLoader[VocoderBatch]:
    """The batches of `Segments`, in order."""
    return DataLoader(Segments(n_batches, **settings), batch_size=None)


class Resumable:
    """The batches of `Segments` in order, from where a checkpoint says the last run was."""

    def __init__(self, n_batches: int) -> None:
        self.data = Segments(n_batches)
        self.position = 0

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[VocoderBatch]:
        while self.position < len(self):
            self.position += 1
            yield self.data[self.position - 1]
        self.position = 0

    def state_dict(self) -> dict[str, int]:
        return {"position": self.position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.position = state["position"]


def trainer(**settings: Any) -> pl.Trainer:
    """A quiet trainer on one CPU."""
    defaults: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "num_sanity_val_steps": 0,
        "use_distributed_sampler": False,
    }
    return pl.Trainer(**{**defaults, **settings})
