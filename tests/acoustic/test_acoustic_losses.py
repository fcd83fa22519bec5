"""What the losses of the acoustic model reward, and what they do not see."""

from __future__ import annotations

import math

import pytest
import torch

from voiceclone.errors import ConfigError
from voiceclone.losses.conditioning import change_losses, label_loss, prosody_loss, reference_loss
from voiceclone.losses.guided_attention import guided_attention
from voiceclone.losses.tacotron import gate_loss, mel_distance, mel_distances
from voiceclone.losses.variance import mel_variance
from voiceclone.models.acoustic.prosody import PredictedProsody, ProsodyPredictor
from voiceclone.training.schedules import ramp, staircase, warmup_and_decay


def test_mel_distance_is_l1_plus_l2_over_real_frames() -> None:
    target, lengths = torch.zeros(2, 4, 6), torch.tensor([6, 3])
    predicted = torch.full_like(target, 2.0)
    predicted[1, :, 3:] = math.nan  # padding may hold anything
    assert mel_distance(predicted, target, lengths) == pytest.approx(2 + 4)
    predicted[1, :, :3] = 0
    assert mel_distance(predicted, target, lengths) == pytest.approx(6 * 6 / 9)
    assert mel_distances(predicted, target, lengths).tolist() == [6.0, 0.0]


def test_a_mel_smoother_than_the_recording_pays_and_so_does_a_rougher_one() -> None:
    target, lengths = torch.randn(2, 8, 60), torch.tensor([60, 40])
    mean = torch.stack([mel[:, :length].mean(dim=1) for mel, length in zip(target, lengths, strict=True)])[:, :, None]
    assert mel_variance(target, target, lengths) == 0
    assert mel_variance(mean + 0.5 * (target - mean), target, lengths) == pytest.approx(math.log(2), rel=1e-4)
    assert mel_variance(mean + 1.1 * (target - mean), target, lengths) == pytest.approx(math.log(1.1), rel=1e-4)
    assert mel_variance(target.flip(2)[:1], target[:1], lengths[:1]) > 0  # other frames are loud


def test_pauses_and_padding_vary_as_they_like() -> None:
    target, lengths = torch.randn(1, 8, 60), torch.tensor([50])
    target[:, :, :20] -= 10
    predicted = target.clone()
    predicted[:, :, :20] += torch.randn(8, 20)
    predicted[:, :, 50:] += 7
    assert mel_variance(predicted, target, lengths) == 0


def test_a_validation_may_come_before_the_training() -> None:
    target, lengths = torch.randn(1, 11, 30), torch.tensor([30])
    with torch.inference_mode():
        mel_variance(target, target, lengths)
    predicted = torch.randn(1, 11, 30, requires_grad=True)
    mel_variance(predicted, target, lengths).backward()
    assert predicted.grad is not None
    assert predicted.grad.any()


def test_a_flat_mel_and_a_silent_clip_have_slopes_that_can_be_used() -> None:
    flat = torch.zeros(1, 8, 30, requires_grad=True)
    mel_variance(flat, torch.randn(1, 8, 30), torch.tensor([30])).backward()
    assert flat.grad is not None
    assert bool(flat.grad.isfinite().all())
    assert mel_variance(flat, torch.zeros(1, 8, 30), torch.tensor([30])) == 0


def test_the_stop_token_is_to_fire_at_the_last_step_only() -> None:
    steps = torch.tensor([4, 2])
    logits = torch.full((2, 4), -20.0)
    logits[0, 3] = logits[1, 1] = 20.0
    logits[1, 2:] = 1e3
    assert gate_loss(logits, steps) < 1e-6
    logits[0, 3] = -20.0
    missed = gate_loss(logits, steps, positive_weight=3.0)
    assert missed == pytest.approx(3 * 20 / 6, rel=1e-4)


def test_the_guide_prefers_the_diagonal() -> None:
    steps, symbols = torch.tensor([8]), torch.tensor([8])
    diagonal = torch.eye(8)[None]
    assert guided_attention(diagonal, steps, symbols) == pytest.approx(0.0, abs=1e-6)
    assert guided_attention(diagonal.flip(1), steps, symbols) > 0.5
    padded = torch.zeros(1, 11, 9)
    padded[:, :8, :8] = diagonal
    padded[:, 8:, 0] = 1
    assert guided_attention(padded, steps, symbols) == pytest.approx(0.0, abs=1e-6)


def test_unmeasured_prosody_is_left_out() -> None:
    measured = torch.tensor([[0.0, 0.0, -20.0, 12.0]])  # no voiced frame, so no F0
    predicted = torch.tensor([[5.0, 0.5, -18.0, 12.0]], requires_grad=True)
    loss = prosody_loss(predicted, measured, torch.tensor([1.0, 1.0, 2.0, 1.0]))
    loss.backward()
    assert loss.item() == pytest.approx(0.5)
    assert predicted.grad is not None
    assert predicted.grad[0, :2].tolist() == [0.0, 0.0]


def test_an_emotion_learns_from_its_speakers_alone_where_their_neutral_is_known() -> None:
    """The first clip is fast because its speaker is, and slower than he is calm; of the second nothing is known."""
    measured = torch.tensor([[5.0, 0.5, -20.0, 20.0]] * 2)
    measured_change = torch.tensor([[0.1, 0.0, 0.0, -3.0], [torch.nan] * 4])
    rest, change = torch.zeros(2, 4, requires_grad=True), torch.zeros(2, 4, requires_grad=True)
    predicted = PredictedProsody(rest + change, change, torch.zeros(2, 4))
    losses = change_losses(predicted, measured, measured_change, torch.ones(4))
    (losses["prosody"] + losses["prosody_change"]).backward()
    assert losses["prosody"].item() == pytest.approx(prosody_loss(torch.zeros(2, 4), measured, torch.ones(4)).item())
    assert losses["prosody_change"].item() == pytest.approx((0.1**2 + 3**2) / 4)
    assert rest.grad is not None
    assert change.grad is not None
    assert rest.grad[0, 3] < 0  # faster
    assert change.grad[0, 3] > 0  # slower
    assert torch.equal(change.grad[1], rest.grad[1])


def test_speakers_differ_in_an_emotion_whose_common_part_is_their_mean() -> None:
    """One raises the voice in sadness by 3 where the other lowers it by 1."""
    torch.manual_seed(0)
    predictor = ProsodyPredictor(4, 2, 3, personal=True, deviation=(1.0, 1.0, 1.0, 1.0)).eval()
    text, speaker, sad = torch.randn(2, 4), torch.eye(2), torch.randn(1, 3).expand(2, 3)
    measured, measured_change = torch.ones(2, 4), torch.tensor([[3.0] * 4, [-1.0] * 4])
    optimizer = torch.optim.Adam(predictor.parameters(), 0.05)
    for _ in range(400):
        losses = change_losses(predictor(text, speaker, sad), measured, measured_change, predictor.deviation)
        optimizer.zero_grad()
        sum(losses.values(), torch.zeros(())).backward()
        optimizer.step()
    predicted = predictor(text, speaker, sad)
    assert torch.allclose(predicted.common, torch.ones(2, 4), atol=0.05)
    assert torch.allclose(predicted.common + predicted.personal, measured_change, atol=0.05)


def test_unlabelled_clips_have_no_part_in_losses_of_labels() -> None:
    logits = torch.tensor([[9.0, 0.0], [0.0, 9.0]])
    assert label_loss(logits, torch.tensor([0, -1])) < 1e-3
    assert label_loss(logits, torch.tensor([-1, -1])) == 0.0
    vectors = torch.randn(2, 3)
    assert reference_loss(vectors, vectors + 5, torch.tensor([0.0, 0.0])) == 0.0
    assert reference_loss(vectors, vectors + 2, torch.tensor([1.0, 0.0])) == pytest.approx(4 * 1.25, rel=1e-5)


def test_schedules() -> None:
    stairs = [[0, 4], [100, 3], [200, 2]]
    assert [staircase(stairs, step) for step in (0, 99, 100, 5000)] == [4, 4, 3, 2]
    line = [[100, 1.0], [200, 0.0]]
    assert [ramp(line, step) for step in (0, 100, 150, 200, 900)] == [1.0, 1.0, 0.5, 0.0, 0.0]
    with pytest.raises(ConfigError, match="begin at step 0"):
        staircase([[5, 2]], 7)


def test_the_learning_rate_rises_rests_and_falls() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = warmup_and_decay(optimizer, warmup=10, decay_from=20, decay_to=40, lowest=0.01)
    rates = []
    for _ in range(60):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[0] == pytest.approx(0.1)
    assert rates[10] == rates[20] == 1.0
    assert rates[30] == pytest.approx(0.1)
    assert rates[40] == rates[-1] == pytest.approx(0.01)
