"""Speaking on its own: when it stops, what it can be made to do, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from voiceclone.errors import SynthesisError
from voiceclone.models.acoustic import StopRule, Tacotron2
from voiceclone.models.acoustic.alignment import measure
from voiceclone.models.acoustic.stopping import StopWatch

Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def never_stopping(net: Tacotron2) -> Tacotron2:
    torch.nn.init.constant_(net.decoder.gate.bias, -50.0)
    return net.eval()


def test_the_limit_grows_with_the_text(build: Callable, batch: Batch) -> None:
    stop = StopRule(frames_per_symbol=3, spare_frames=2)
    output = never_stopping(build()).infer(*batch[:2], stop=stop)
    assert output.mel_lengths.tolist() == [3 * n + 2 for n in batch[1].tolist()]
    assert output.stopped_by == ("limit",) * 3


def test_every_item_stops_for_itself_and_sounds_as_it_would_alone(build: Callable, batch: Batch) -> None:
    net, stop = never_stopping(build()), StopRule(frames_per_symbol=3, spare_frames=2)
    together = net.infer(*batch[:2], stop=stop, prenet_dropout=False)
    for item in range(3):
        n = int(batch[1][item])
        alone = net.infer(batch[0][item : item + 1, :n], stop=stop, prenet_dropout=False)
        frames = alone.mel.shape[2]
        assert int(together.mel_lengths[item]) == frames
        assert torch.allclose(together.mel_postnet[item, :, :frames], alone.mel_postnet[0], atol=1e-5)
        assert not together.mel_postnet[item, :, frames:].any()
        assert not together.alignments[item, int(together.steps[item]) :].any()


def test_the_stop_token_ends_an_item_with_the_frame_that_has_it(build: Callable, batch: Batch) -> None:
    net = build().eval()
    torch.nn.init.constant_(net.decoder.gate.bias, 50.0)
    output = net.infer(*batch[:2])
    assert output.steps.tolist() == [1, 1, 1]
    assert output.stopped_by == ("gate",) * 3


def test_an_attention_that_rests_on_the_last_symbol_ends_the_speech() -> None:
    watch = StopWatch(StopRule(patience=4), torch.tensor([3, 3]), reduction=2)
    at_end, elsewhere = torch.tensor([0.1, 0.1, 0.8]), torch.tensor([0.8, 0.1, 0.1])
    for first in (at_end, elsewhere, at_end, at_end):
        watch.see(torch.full((2,), -9.0), torch.stack((first, elsewhere)))
    assert watch.steps[0] == 4  # two steps of two frames in a row, the first one was interrupted
    assert watch.running.tolist() == [False, True]


def test_an_exact_length_is_kept(build: Callable, batch: Batch) -> None:
    net = build(reduction=2).eval()
    torch.nn.init.constant_(net.decoder.gate.bias, 50.0)
    wanted = torch.tensor([7, 12, 1])
    output = net.infer(*batch[:2], frames=wanted)
    assert torch.equal(output.mel_lengths, wanted)
    assert output.mel.shape[2] == 12
    assert output.stopped_by == ("frames",) * 3
    assert not output.mel_postnet[0, :, 7:].any()


def test_a_sharper_attention_looks_in_fewer_places(build: Callable, batch: Batch) -> None:
    net = build().eval()
    torch.nn.init.normal_(net.decoder.attention_rnn.attention.score.weight)
    text, lengths, _, _ = batch
    as_learnt, sharper = (
        net.infer(text, lengths, frames=9, prenet_dropout=False, sharpness=sharpness).quality.focus
        for sharpness in (1.0, 2.0)
    )
    assert (sharper > as_learnt).all()


def test_no_frames_at_all_are_refused(build: Callable, batch: Batch) -> None:
    for nothing in ({"frames": 0}, {"max_steps": 0}):
        with pytest.raises(SynthesisError, match="one frame or more"):
            build().eval().infer(*batch[:2], **nothing)


def test_a_given_alignment_is_spoken_along(build: Callable, batch: Batch) -> None:
    given = torch.eye(9)[torch.arange(18) // 2].expand(3, 18, 9)
    output = build().eval().infer(batch[0], alignment=given)
    assert torch.equal(output.alignments, given)


def test_equal_seeds_give_equal_speech_and_others_do_not(build: Callable, batch: Batch) -> None:
    net = never_stopping(build())

    def spoken(seed: int) -> Tensor:
        return net.infer(*batch[:2], max_steps=6, generator=torch.Generator().manual_seed(seed)).mel

    assert torch.equal(spoken(1), spoken(1))
    assert not torch.equal(spoken(1), spoken(2))


def test_text_without_symbols_is_refused(build: Callable) -> None:
    with pytest.raises(SynthesisError, match="nothing to say"):
        build().eval().infer(torch.zeros(1, 0, dtype=torch.long))


def test_symbols_of_another_table_are_refused(build: Callable) -> None:
    with pytest.raises(SynthesisError, match="12 symbols"):
        build().eval().infer(torch.tensor([[1, 99]]))


def test_a_diagonal_is_a_good_alignment_and_its_opposites_are_not() -> None:
    diagonal = torch.eye(6).repeat_interleave(2, dim=0)
    skipping = diagonal[[0, 1, 2, 3, 10, 11, 10, 11, 10, 11, 10, 11]]
    repeating = diagonal[[0, 2, 4, 0, 2, 4, 0, 2, 4, 6, 8, 10]]
    blurred = torch.full((12, 6), 1 / 6)
    quality = measure(torch.stack((diagonal, skipping, repeating, blurred)), torch.full((4,), 12), torch.full((4,), 6))
    assert quality[0] == {"coverage": 1.0, "focus": 1.0, "monotonicity": 1.0}
    assert quality[1]["coverage"] == pytest.approx(0.5)
    assert quality[2]["monotonicity"] == pytest.approx(5 / 13, abs=1e-4)
    assert quality[3]["focus"] == pytest.approx(1 / 6)
    assert quality.failed().tolist() == [False, True, True, True]


def test_padding_does_not_count_in_the_quality() -> None:
    alignment = torch.zeros(1, 9, 7)
    alignment[0, :4, :4] = torch.eye(4)
    alignment[0, 4:, 0] = 1.0  # what a batch holds behind the item's end
    assert measure(alignment, torch.tensor([4]), torch.tensor([4]))[0]["monotonicity"] == 1.0


def test_attention_that_strays_a_little_in_a_pause_is_still_monotonic() -> None:
    walk = torch.nn.functional.one_hot(torch.tensor([0, 1, 2, 2, 2, 3, 9]), 10).float()[None]
    stray = walk.clone()
    stray[:, 3:5] = 0.6 * walk[:, 3:5] + 0.4 / 10
    assert measure(stray, torch.tensor([7]), torch.tensor([10]))[0]["monotonicity"] == 1.0
