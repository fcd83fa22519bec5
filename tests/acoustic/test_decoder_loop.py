"""The fast loop over frames computes what the plain one does, and so do its ways of saving memory."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

from voiceclone.errors import ConfigError
from voiceclone.models.acoustic import Tacotron2

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@pytest.fixture(scope="module")
def plain() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "acoustic.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_acoustic", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def gradients(net: Tacotron2, batch: Batch) -> dict[str, Tensor]:
    net.zero_grad()
    output = net(*batch)
    loss = output.mel_postnet.square().mean() + output.gate_logits.clamp(max=10).square().mean()
    (loss + output.alignments.square().sum()).backward()
    return {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    assert left.keys() == right.keys()
    return all(torch.allclose(left[name], right[name], rtol=1e-3, atol=1e-5) for name in left)


def test_outputs_and_gradients_are_those_of_the_plain_loop(build: Callable, batch: Batch, plain: ModuleType) -> None:
    net = build().eval()
    text, text_lengths, mel, _ = batch
    full = torch.full((3,), 20)
    memory = net.encoder(text, text_lengths)

    def run(fast: bool) -> tuple[tuple[Tensor, ...], dict[str, Tensor]]:
        net.zero_grad()
        if fast:
            made = tuple(net.decoder(memory.detach(), text_lengths, mel, full.tolist(), prenet_dropout=False))[:3]
        else:
            made = plain.PlainLoop(net).forced(memory.detach(), text_lengths, mel)
        sum(part.square().mean() for part in made).backward()
        return made, {n: p.grad.clone() for n, p in net.decoder.named_parameters() if p.grad is not None}

    (slow_made, slow_gradients), (fast_made, fast_gradients) = run(fast=False), run(fast=True)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(slow_made, fast_made, strict=True))
    assert same(slow_gradients, fast_gradients)


def test_running_freely_is_the_plain_loop_on_its_own_frames(build: Callable, batch: Batch, plain: ModuleType) -> None:
    net = build().eval()
    text, text_lengths, _, _ = batch
    expected = plain.PlainLoop(net).free(net.encoder(text, text_lengths), text_lengths, 25, dropout=False)
    net.mask_padding, net.mel_mean, net.mel_deviation = False, 0.0, 1.0
    made = net.infer(text, text_lengths, max_steps=25, gate_threshold=1.0, prenet_dropout=False)
    assert torch.allclose(made.mel, expected, atol=1e-5)


@pytest.mark.parametrize("option", [{"segment": 4}, {"segment": 4, "checkpointing": True}, {"segment": 1}])
def test_segments_and_checkpointing_change_nothing(build: Callable, batch: Batch, option: dict) -> None:
    expected = gradients(build(segment=1000).eval(), batch)
    assert same(expected, gradients(build(**option).eval(), batch))


def kept_bytes(net: Tacotron2, text_lengths: list[int], mel_lengths: list[int]) -> int:
    """What a forward pass keeps for the backward one."""
    seen: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        seen[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    text = torch.ones(len(text_lengths), max(text_lengths), dtype=torch.long)
    mel = torch.randn(len(mel_lengths), net.n_mels, max(mel_lengths))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        made = net(text, torch.tensor(text_lengths), mel, torch.tensor(mel_lengths))
        held = sum(seen.values())  # while the graph holds them, no place is given away twice
    del made
    return held


def test_a_long_clip_among_short_ones_costs_little_more_than_by_itself(build: Callable) -> None:
    """One of ten times the length of the other seven: padded to it, all eight would cost six times as much."""
    net = build(segment=16)
    long, short = kept_bytes(net, [60], [320]), kept_bytes(net, [6] * 7, [32] * 7)
    together = kept_bytes(net, [60, *[6] * 7], [320, *[32] * 7])
    assert together < 1.5 * (long + short)
    assert kept_bytes(build(segment=16, checkpointing=True), [60, *[6] * 7], [320, *[32] * 7]) < 0.6 * together


def test_checkpointing_repeats_its_dropout(build: Callable, batch: Batch) -> None:
    expected, actual = (build(segment=4, checkpointing=on) for on in (False, True))
    torch.manual_seed(3)
    left = gradients(expected, batch)
    torch.manual_seed(3)
    assert same(left, gradients(actual, batch))


def test_a_second_backward_pass_starts_from_nothing(build: Callable, batch: Batch) -> None:
    net = build().eval()
    assert same(gradients(net, batch), gradients(net, batch))


def test_frozen_weights_stay_without_gradient(build: Callable, batch: Batch) -> None:
    net = build().eval()
    net.decoder.attention_rnn.cell.requires_grad_(False)
    found = gradients(net, batch)
    assert "decoder.attention_rnn.cell.weight_hh" not in found
    assert float(found["decoder.attention_rnn.attention.query.weight"].abs().sum()) > 0


@pytest.mark.slow  # half a minute of compiling
def test_the_compiled_loop_computes_the_same(build: Callable, batch: Batch) -> None:
    text, text_lengths, mel, mel_lengths = batch
    short = (text, text_lengths, mel[:, :, :5], mel_lengths.clamp(max=5))
    expected = gradients(build().eval(), short)
    assert same(expected, gradients(build(segment=2, compile_mode="default").eval(), short))


def test_bf16_stays_close_and_finite(build: Callable, batch: Batch) -> None:
    net = build().eval()
    expected = net(*batch).mel_postnet
    with torch.autocast("cpu", torch.bfloat16):
        output = net(*batch)
        output.mel_postnet.sum().backward()
    assert output.mel_postnet.dtype == torch.float32
    assert float((output.mel_postnet - expected).detach().abs().max()) < 0.2
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_an_item_is_the_same_alone_and_in_a_batch(build: Callable, batch: Batch) -> None:
    net = build(segment=4).eval()
    together = net(*batch)
    for item in range(3):
        n, t = int(batch[1][item]), int(batch[3][item])
        alone = net(batch[0][item : item + 1, :n], batch[1][[item]], batch[2][item : item + 1, :, :t], batch[3][[item]])
        assert torch.allclose(alone.mel_postnet[0], together.mel_postnet[item, :, :t], atol=1e-5)
        assert torch.allclose(alone.alignments[0], together.alignments[item, :t, :n], atol=1e-5)
        assert not together.mel_postnet[item, :, t:].any()


def test_items_that_have_ended_cost_nothing(build: Callable, batch: Batch) -> None:
    """One long clip among short ones takes the memory of its own frames, not of as many for every clip."""
    net = build(segment=2)
    computed = []
    net.decoder.attention_rnn.register_forward_pre_hook(lambda _, inputs: computed.append(inputs[0].shape[:2].numel()))
    net.postnet.convolutions[0].register_forward_pre_hook(lambda _, inputs: computed.append(inputs[0].shape[2]))
    net(*batch)
    frames, gaps = int(batch[3].sum()), 3 * 2
    assert computed[-1] <= frames + gaps
    assert sum(computed[:-1]) <= frames + 3


def test_several_frames_a_step_keep_the_length_and_can_be_lowered(build: Callable, batch: Batch) -> None:
    net = build(reduction=3).eval()
    assert net(*batch).mel.shape == batch[2].shape
    assert net(*batch).gate_logits.shape == (3, 7)
    net.decoder.reduction = 1
    assert net(*batch).gate_logits.shape == (3, 20)
    other = build(reduction=3)
    other.load_state_dict(net.state_dict())
    assert other.decoder.reduction == 1
    with pytest.raises(ConfigError, match="1 to 3"):
        net.decoder.reduction = 4


def test_a_given_alignment_is_followed(build: Callable, batch: Batch) -> None:
    net = build().eval()
    given = torch.rand(3, 20, 9).softmax(2)
    output = net(*batch, alignment=given)
    assert torch.allclose(output.alignments[1], given[1])
    assert not torch.allclose(output.mel[1], net(*batch).mel[1])


def test_dropped_teacher_frames_change_training_only(build: Callable, batch: Batch) -> None:
    net = build(frame_dropout=0.9, attention_dropout=0.0, decoder_dropout=0.0)
    forced = [net.decoder._teacher(batch[2]) for _ in range(2)]
    assert not torch.equal(*forced)
    net.eval()
    assert torch.equal(net.decoder._teacher(batch[2])[1:], batch[2][:, :, :-1].permute(2, 0, 1))
