"""The GE2E loss: equal to the published one, and safe where numbers are coarse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from voiceclone.errors import DataError
from voiceclone.losses.ge2e import GE2ELoss
from voiceclone.metrics.eer import equal_error_rate


def embeddings(n: int = 5, m: int = 4, d: int = 16, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(n, m, d, generator=torch.Generator().manual_seed(seed)), dim=2)


def by_the_book(rows: Tensor, w: float, b: float) -> Tensor:
    """Equations 6 and 8 of the paper, one utterance and one speaker at a time."""
    n, m, _ = rows.shape
    losses = []
    for j in range(n):
        for i in range(m):
            logits = []
            for k in range(n):
                others = [rows[k, u] for u in range(m) if not (k == j and u == i)]
                logits.append(w * F.cosine_similarity(rows[j, i], torch.stack(others).mean(0), dim=0) + b)
            losses.append(torch.logsumexp(torch.stack(logits), 0) - logits[j])
    return torch.stack(losses).mean()


@pytest.mark.shared
def test_loss_similarities_and_gradient_are_the_published_ones(shared: Path) -> None:
    reference = np.load(shared / "parity" / "ge2e.npz")
    rows, loss = torch.from_numpy(reference["loss_embeds"]).requires_grad_(), GE2ELoss()
    value = loss(rows)
    value.backward()
    similarity = loss.similarity(rows)
    for ours, name in ((value, "loss"), (similarity, "similarity"), (rows.grad, "grad")):
        assert ours is not None
        wanted = torch.from_numpy(reference[name])
        assert (ours.reshape(wanted.shape) - wanted).abs().max() <= 1e-3 * wanted.abs().max(), name
    own = torch.eye(6, dtype=torch.bool)[:, None].expand(6, 7, 6)
    info = json.loads((shared / "parity" / "ge2e.json").read_text("utf-8"))
    assert float(equal_error_rate(similarity.flatten(), own.flatten())) == info["eer_of_similarities"]


def test_it_is_the_loop_over_speakers_and_utterances() -> None:
    rows = embeddings()
    torch.testing.assert_close(GE2ELoss()(rows), by_the_book(rows, 10.0, -5.0), rtol=1e-5, atol=1e-6)


def test_w_and_b_learn_a_hundredth_as_fast() -> None:
    rows, slow, full = embeddings(), GE2ELoss(), GE2ELoss(gradient_scale=1.0)
    assert slow(rows) == full(rows)
    slow(rows).backward()
    full(rows).backward()
    for name, parameter in slow.named_parameters():
        torch.testing.assert_close(parameter.grad, 0.01 * full.get_parameter(name).grad, rtol=1e-4, atol=1e-8)


def test_w_acts_positive_and_can_come_back() -> None:
    loss = GE2ELoss(scale=-3.0, gradient_scale=1.0)
    similarity = loss.similarity(embeddings())
    assert (similarity - loss.bias).abs().max() < 1e-5  # as with w just above 0, not as with -3
    optimizer = torch.optim.SGD(loss.parameters(), lr=1.0)
    rows = F.normalize(torch.eye(5)[:, None] + 0.1 * embeddings(5, 4, 5), dim=2)
    for _ in range(20):
        optimizer.zero_grad()
        loss(rows).backward()
        optimizer.step()
    assert float(loss.scale.detach()) > 0


def test_half_precision_changes_nothing() -> None:
    rows = embeddings(8, 5, 64).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = GE2ELoss()(rows)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, GE2ELoss()(rows.float()))


def test_collapsed_and_opposite_embeddings_leave_the_gradient_finite() -> None:
    same, opposite = torch.ones(3, 2, 8) / 8**0.5, torch.ones(3, 2, 8) / 8**0.5
    opposite[:, 1] *= -1  # the centroid of a speaker is then nothing at all
    for rows in (same, opposite):
        rows.requires_grad_()
        GE2ELoss()(rows).backward()
        assert rows.grad is not None
        assert torch.isfinite(rows.grad).all()


@pytest.mark.parametrize("shape", [(1, 5, 8), (5, 1, 8), (10, 8)])
def test_too_few_to_compare_is_said(shape: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="N >= 2, M >= 2"):
        GE2ELoss()(torch.rand(shape))


def test_a_speaker_drawn_twice_need_not_differ_from_themself() -> None:
    rows = embeddings(3)
    doubled = torch.cat([rows, rows[:1]])
    value = GE2ELoss()(doubled, torch.tensor([0, 1, 2, 0]))
    logits = GE2ELoss().similarity(doubled)
    compared = {0: [0, 1, 2], 1: [0, 1, 2, 3], 2: [0, 1, 2, 3], 3: [1, 2, 3]}
    expected = [F.cross_entropy(logits[j][:, k], torch.full((4,), k.index(j))) for j, k in compared.items()]
    torch.testing.assert_close(value, torch.stack(expected).mean())
