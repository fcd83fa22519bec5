"""Additive angular margin softmax."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from voiceclone.errors import ConfigError, DataError
from voiceclone.losses.aam_softmax import AAMSoftmaxLoss


def unit(*shape: int) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(0)), dim=-1)


def test_without_a_margin_it_is_softmax_over_cosines() -> None:
    loss, rows, speakers = AAMSoftmaxLoss(5, 8, margin=0.0), unit(3, 2, 8), torch.tensor([4, 0, 2])
    cosines = rows.flatten(0, 1) @ F.normalize(loss.weight, dim=1).T
    expected = F.cross_entropy(30 * cosines, torch.tensor([4, 4, 0, 0, 2, 2]))
    torch.testing.assert_close(loss(rows, speakers), expected, rtol=1e-4, atol=1e-5)


def test_the_margin_turns_the_own_angle() -> None:
    loss, rows, speakers = AAMSoftmaxLoss(["a", "b", "c"], 4, margin=0.3, scale=1.0), unit(1, 1, 4), torch.tensor([1])
    cosines = (rows[0] @ F.normalize(loss.weight, dim=1).T).detach()
    cosines[0, 1] = math.cos(math.acos(float(cosines[0, 1])) + 0.3)
    torch.testing.assert_close(loss(rows, speakers), F.cross_entropy(cosines, speakers))


def test_the_own_logit_falls_with_the_angle_all_the_way_round() -> None:
    loss = AAMSoftmaxLoss(2, 2, margin=0.5)
    angles = torch.linspace(0, math.pi, 200)
    turned = loss._with_margin(angles.cos())
    assert (turned.diff() < 1e-6).all()


def test_gradients_stay_finite_on_the_very_direction_of_a_speaker() -> None:
    loss = AAMSoftmaxLoss(3, 4)
    rows = F.normalize(loss.weight.detach(), dim=1)[:, None].requires_grad_()
    loss(rows, torch.arange(3)).backward()
    assert rows.grad is not None
    assert torch.isfinite(rows.grad).all()


def test_it_teaches_a_network_to_tell_speakers_apart() -> None:
    torch.manual_seed(0)
    loss, net = AAMSoftmaxLoss(4, 8), torch.nn.Linear(6, 8)
    rows, speakers = torch.randn(4, 1, 6) + 0.3 * torch.randn(4, 5, 6), torch.arange(4)
    optimizer = torch.optim.Adam([*net.parameters(), *loss.parameters()], lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        value = loss(F.normalize(net(rows), dim=2), speakers)
        value.backward()
        optimizer.step()
    predicted = (F.normalize(net(rows), dim=2) @ F.normalize(loss.weight, dim=1).T).argmax(2)
    assert (predicted == speakers[:, None]).all()


def test_unknown_speakers_and_useless_settings_are_refused() -> None:
    with pytest.raises(DataError, match="built for 3 speakers"):
        AAMSoftmaxLoss(3, 4)(unit(1, 2, 4), torch.tensor([3]))
    with pytest.raises(ConfigError, match="at least 2"):
        AAMSoftmaxLoss(["alone"], 4)
    with pytest.raises(ConfigError, match="margin"):
        AAMSoftmaxLoss(3, 4, margin=2.0)
