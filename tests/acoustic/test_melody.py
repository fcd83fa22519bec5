"""The melody: what the decoder is told of the pitch of every step."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from voiceclone.errors import ConfigError
from voiceclone.losses.conditioning import melody_losses
from voiceclone.models.acoustic import Conditioning, Conditions, MelodyPredictor, ProsodyWish, Tacotron2
from voiceclone.models.acoustic.melody import Melody, pitch_of_steps
from voiceclone.models.acoustic.reading import TextReading

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def singing(build: Callable[..., Tacotron2], **decoder: object) -> Tacotron2:
    """A network with a melody that has learnt something, whatever it is."""
    torch.manual_seed(3)
    melody = MelodyPredictor(8, width=6, bins=5, n_symbols=12)
    net = build(Conditioning(8, 10, predict_prosody=True, melody=melody), **decoder).eval()
    torch.nn.init.normal_(melody.table.weight)
    torch.nn.init.normal_(melody.reading.to_memory.weight)  # type: ignore[union-attr]
    return net


def spoken(net: Tacotron2, batch: Batch, f0: Tensor | None = None, **conditions: object) -> Tensor:
    return net(*batch, Conditions(**conditions), f0=f0).mel  # type: ignore[arg-type]


def test_a_new_melody_changes_nothing(build: Callable, batch: Batch) -> None:
    net = singing(build)
    assert net.conditioning is not None
    melody, net.conditioning.melody = net.conditioning.melody, None
    without = spoken(net, batch)
    torch.nn.init.zeros_(melody.table.weight)
    net.conditioning.melody = melody
    assert torch.equal(spoken(net, batch), without)


def test_the_recorded_pitch_takes_the_place_of_the_predicted_one(build: Callable, batch: Batch) -> None:
    net = singing(build)
    low, high = (spoken(net, batch, torch.full((3, 20), hertz)) for hertz in (100.0, 300.0))
    assert not torch.allclose(low, high, atol=1e-3)
    assert not torch.allclose(low, spoken(net, batch), atol=1e-3)


def test_an_unvoiced_step_has_no_pitch(build: Callable, batch: Batch) -> None:
    net = singing(build)
    f0 = torch.zeros(3, 20)
    assert torch.equal(spoken(net, batch, f0), spoken(net, batch, f0.clone()))
    melody = net.conditioning.melody  # type: ignore[union-attr]
    silent = melody.vector(torch.tensor([4.0, 6.0]), torch.zeros(2))
    assert torch.equal(silent[0], silent[1])
    assert torch.equal(silent[0], melody.table.weight[-1])


def test_between_two_pitches_of_the_table_lies_a_straight_line() -> None:
    melody = MelodyPredictor(4, bins=3, lowest=100, highest=400)
    torch.nn.init.normal_(melody.table.weight)
    places = torch.tensor([100.0, 200.0, 400.0, 100 * 2**0.5, 50.0, 900.0]).log()
    low, middle, high, between, under, over = melody.vector(places, torch.ones(6))
    rows = melody.table.weight
    for vector, expected in ((low, rows[0]), (middle, rows[1]), (high, rows[2]), (under, rows[0]), (over, rows[2])):
        assert torch.allclose(vector, expected, atol=1e-5)
    assert torch.allclose(between, (rows[0] + rows[1]) / 2, atol=1e-5)


@pytest.mark.parametrize("wish", [ProsodyWish(pitch=2.0), ProsodyWish(pitch_range=1.5)])
def test_a_wish_moves_the_whole_melody(build: Callable, batch: Batch, wish: ProsodyWish) -> None:
    net = singing(build)
    steps = 7
    free, wished = (
        net.infer(*batch[:2], Conditions(wish=wanted), frames=steps, prenet_dropout=False).pitch[:, :, 0]  # type: ignore[index]
        for wanted in (None, wish)
    )
    if wish.pitch:
        assert torch.allclose(wished[:, 0] - free[:, 0], torch.full((3,), 2 * math.log(2) / 12), atol=0.02)
    else:
        assert torch.allclose(wished.std(dim=1) / free.std(dim=1), torch.full((3,), 1.5), rtol=0.1)


def test_running_freely_and_being_led_by_ones_own_frames_is_the_same(build: Callable, batch: Batch) -> None:
    net = singing(build, reduction=2)
    text, lengths, _, _ = batch
    free = net.infer(text, lengths, Conditions(), frames=12, prenet_dropout=False)
    led = net.decoder(
        (made := net._listen(text, lengths, Conditions())).memory,
        lengths,
        net._inward(free.mel),
        [12, 12, 12],
        made.condition,
        False,
        melody=made.melody,
    )
    assert torch.allclose(net._outward(led.mel), free.mel, atol=1e-5)
    assert torch.allclose(led.pitch, free.pitch, atol=1e-5)


@pytest.mark.parametrize("option", [{"segment": 4}, {"segment": 4, "checkpointing": True}])
def test_segments_and_checkpointing_do_not_break_the_tune(build: Callable, batch: Batch, option: dict) -> None:
    f0 = torch.rand(3, 20) * 200 + 100
    whole, parted = singing(build), singing(build, **option)
    conditions = Conditions()
    expected, made = whole(*batch, conditions, f0=f0), parted(*batch, conditions, f0=f0)
    inside = torch.arange(20)[None, :] < batch[3][:, None]
    assert torch.allclose(made.pitch[inside], expected.pitch[inside], atol=1e-5)
    assert torch.allclose(made.mel_postnet, expected.mel_postnet, atol=1e-5)


def test_a_melody_learns_from_the_text_what_no_memory_tells() -> None:
    predictor = MelodyPredictor(8, width=8, n_symbols=6)
    text, lengths = torch.randint(1, 6, (16, 5)), torch.full((16,), 5)
    weights = torch.eye(5).repeat_interleave(2, dim=0)[:, None].expand(10, 16, 5)  # two steps a symbol
    truth = torch.stack(((text / 10 + 5).repeat_interleave(2, dim=1), torch.ones(16, 10)), dim=2)
    optimizer, errors = torch.optim.Adam(predictor.parameters(), 0.02), []
    for _ in range(120):
        assert predictor.reading is not None
        melody = Melody(predictor, torch.full((16,), 5.3), torch.ones(16), predictor.reading(text, lengths))
        _, pitch, _ = melody.follow(torch.zeros(10, 16, 8), weights, melody.start())
        loss = melody_losses(pitch.transpose(0, 1), truth, torch.full((16,), 10))["pitch"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        errors.append(loss.item())
    assert errors[-1] < errors[0] / 4


def test_what_is_read_does_not_depend_on_the_padding_nor_on_other_texts() -> None:
    reading = TextReading(6, 8)
    torch.nn.init.normal_(reading.to_memory.weight)
    text, lengths = torch.randint(1, 6, (2, 7)), torch.tensor([4, 7])
    together, alone = reading(text, lengths), reading(text[:1, :4], lengths[:1])
    assert torch.allclose(together[:1, :4], alone, atol=1e-6)
    assert not together[0, 4:].any()


def test_a_melody_that_did_not_read_goes_on_as_it_was(build: Callable, batch: Batch) -> None:
    net = singing(build)
    predictor = net.conditioning.melody  # type: ignore[union-attr]
    torch.nn.init.zeros_(predictor.reading.to_memory.weight)
    reading = net(*batch, Conditions()).pitch
    predictor.reading = None
    assert torch.allclose(net(*batch, Conditions()).pitch, reading, atol=1e-6)


def test_pitch_of_steps_is_the_mean_of_their_voiced_frames() -> None:
    f0 = torch.tensor([[100.0, 0.0, 200.0, 200.0, 0.0]])
    log_f0, voiced = pitch_of_steps(f0, 2).unbind(dim=2)
    assert torch.allclose(log_f0, torch.tensor([[100.0, 200.0, 1.0]]).log())
    assert voiced.tolist() == [[0.5, 1.0, 0.0]]


def test_the_loss_is_in_semitones_of_voiced_steps() -> None:
    truth = torch.tensor([[[5.0, 1.0], [5.0, 1.0], [0.0, 0.0], [9.0, 1.0]]])
    sure = torch.tensor([[[5.0, 20.0], [5.0 + math.log(2) / 6, 20.0], [7.0, -20.0], [0.0, 0.0]]])
    losses = melody_losses(sure, truth, torch.tensor([3]))
    assert float(losses["pitch"]) == pytest.approx(1.0, abs=1e-4)
    assert float(losses["pitch_range"]) == pytest.approx(1.0 - 0.05, abs=1e-3)
    assert float(losses["voicing"]) < 1e-4


def test_a_melody_that_is_too_flat_or_too_wide_by_half_costs_the_same() -> None:
    torch.manual_seed(0)
    heights = torch.randn(2, 50)
    truth = torch.stack((5 + 0.1 * heights, torch.ones(2, 50)), dim=2)
    flat, wide = (torch.stack((5 + scale * heights, torch.zeros(2, 50)), dim=2) for scale in (0.05, 0.15))
    costs = [float(melody_losses(made, truth, torch.tensor([50, 40]))["pitch_range"]) for made in (flat, truth, wide)]
    assert costs == pytest.approx([0.87, 0, 0.87], abs=0.15)
    assert costs[0] == pytest.approx(costs[2], rel=1e-3)


def test_a_moment_of_voice_has_no_range() -> None:
    truth, predicted = torch.zeros(1, 30, 2), torch.full((1, 30, 2), 5.0)
    truth[0, 3] = torch.tensor([5.0, 0.5])
    assert float(melody_losses(predicted, truth, torch.tensor([30]))["pitch_range"]) == 0


def test_a_clip_without_voice_has_no_melody_to_learn() -> None:
    predicted = torch.zeros(1, 4, 2, requires_grad=True)
    losses = melody_losses(predicted, torch.zeros(1, 4, 2), torch.tensor([4]))
    assert float(losses["pitch"]) == float(losses["pitch_range"]) == 0
    sum(losses.values()).backward()  # type: ignore[union-attr]
    assert bool(predicted.grad.isfinite().all())  # type: ignore[union-attr]


def test_the_curve_is_learnt_from_the_text_and_reaches_the_memory(build: Callable, batch: Batch) -> None:
    net = singing(build)
    output = net(*batch, Conditions(), f0=torch.full((3, 20), 150.0))
    truth = pitch_of_steps(torch.full((3, 20), 300.0), 1)
    melody_losses(output.pitch, truth, output.steps)["pitch"].backward()
    assert net.encoder.embedding.weight.grad.abs().sum() > 0
    assert net.conditioning.melody.table.weight.grad is None  # type: ignore[union-attr]


def test_a_melody_without_prosody_is_refused() -> None:
    with pytest.raises(ConfigError, match="predict_prosody"):
        Conditioning(8, 10, melody=MelodyPredictor(8))
