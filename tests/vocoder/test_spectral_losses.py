"""Spectral distances between waves: zero for equal ones, blind to phase, finite at silence."""

from __future__ import annotations

import pytest
import torch
from tiny_vocoder import CONTRACT
from torch import nn

from voiceclone.losses.spectral import MelLoss, MultiResolutionSTFTLoss, MultiScaleMelLoss

LOSSES = [
    MelLoss(CONTRACT),
    MultiScaleMelLoss(CONTRACT, scales=(0.5, 1, 2)),
    MultiResolutionSTFTLoss(resolutions=((64, 16, 64), (128, 32, 96))),
]


@pytest.fixture(params=LOSSES, ids=lambda loss: type(loss).__name__)
def loss(request: pytest.FixtureRequest) -> nn.Module:
    return request.param


def tone(frequency: float, phase: float = 0.0) -> torch.Tensor:
    time = torch.arange(4000) / CONTRACT.sample_rate
    return (0.3 * torch.sin(2 * torch.pi * frequency * time + phase))[None, None]


def test_equal_waves_have_no_distance(loss: nn.Module) -> None:
    assert float(loss(tone(440), tone(440))) == pytest.approx(0, abs=1e-6)


def test_pitch_counts_and_phase_hardly_does(loss: nn.Module) -> None:
    assert float(loss(tone(440, phase=1.5), tone(440))) < 0.25 * float(loss(tone(550), tone(440)))


def test_the_gradient_at_silence_is_finite(loss: nn.Module) -> None:
    silent = torch.zeros(1, 1, 2000, requires_grad=True)
    loss(silent, tone(440)[..., :2000]).backward()
    assert silent.grad is not None
    assert silent.grad.isfinite().all()


def test_the_loss_hears_frequencies_that_the_mel_leaves_out() -> None:
    from dataclasses import replace

    low = replace(CONTRACT, f_max=1000)
    hiss = torch.nn.functional.avg_pool1d(torch.randn(1, 1, 4000), 1) * 0.01
    bright = hiss - torch.nn.functional.avg_pool1d(hiss, 5, 1, padding=2)
    assert float(MelLoss(low)(tone(440) + bright, tone(440))) > 2 * float(
        MelLoss(low, f_max=1000)(tone(440) + bright, tone(440))
    )
