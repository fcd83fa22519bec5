"""The equal error rate, its trials and its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from voiceclone.metrics.eer import EqualErrorRate, equal_error_rate


def voices(n_speakers: int = 6, n_clips: int = 5, scatter: float = 0.7) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(n_speakers, 1, 16, generator=generator)
    clips = centres + scatter * torch.randn(n_speakers, n_clips, 16, generator=generator)
    return F.normalize(clips.flatten(0, 1), dim=1), torch.arange(n_speakers).repeat_interleave(n_clips)


def computed(embeddings: Tensor, speakers: Tensor, **settings: object) -> dict[str, float]:
    metric = EqualErrorRate(**settings)  # type: ignore[arg-type]
    metric.update(embeddings, speakers)
    return {name: float(value) for name, value in metric.compute().items()}


def test_separable_scores_have_no_errors_and_exchanged_ones_nothing_else() -> None:
    scores, same = torch.tensor([0.9, 0.8, 0.3, 0.1]), torch.tensor([True, True, False, False])
    assert float(equal_error_rate(scores, same)) == 0.0
    assert float(equal_error_rate(scores, ~same)) == 1.0


def test_scores_that_say_nothing_are_wrong_half_the_time() -> None:
    assert float(equal_error_rate(torch.zeros(10), torch.arange(10) % 2 == 0)) == pytest.approx(0.5)


def test_a_known_case() -> None:
    """Of four of a kind one is on the wrong side each: a threshold between them errs in a quarter."""
    scores = torch.tensor([0.9, 0.8, 0.7, 0.2, 0.6, 0.15, 0.1, 0.05])
    assert float(equal_error_rate(scores, torch.arange(8) < 4)) == pytest.approx(0.25)


def test_it_is_where_misses_equal_false_alarms() -> None:
    rng = np.random.default_rng(0)
    same = rng.random(20_000) < 0.3
    scores = rng.normal(np.where(same, 2.0, 0.0), 1.0)
    # Two normal distributions of width 1, two apart, cross half-way.
    expected = 0.5 * math.erfc(1.0 / math.sqrt(2))
    assert float(equal_error_rate(torch.from_numpy(scores), torch.from_numpy(same))) == pytest.approx(
        expected, abs=5e-3
    )


def test_a_weight_is_a_repetition() -> None:
    scores, same = torch.tensor([0.9, 0.4, 0.6, 0.1]), torch.tensor([True, True, False, False])
    times = torch.tensor([3, 1, 1, 2])
    repeated = equal_error_rate(scores.repeat_interleave(times), same.repeat_interleave(times))
    torch.testing.assert_close(equal_error_rate(scores, same, times.float()), repeated)


def test_every_pair_of_clips_is_a_trial_whatever_their_order() -> None:
    embeddings, speakers = voices()
    left, right = torch.triu_indices(30, 30, 1)
    expected = equal_error_rate((embeddings @ embeddings.T)[left, right], speakers[left] == speakers[right])
    shuffled = torch.randperm(30, generator=torch.Generator().manual_seed(3))
    for order in (torch.arange(30), shuffled):
        assert computed(embeddings[order], speakers[order])["eer"] == pytest.approx(float(expected), abs=1e-6)


def test_the_interval_holds_the_rate_and_narrows_with_speakers() -> None:
    few, many = computed(*voices(8)), computed(*voices(60))
    for figures in (few, many):
        assert 0 <= figures["eer_low"] <= figures["eer"] <= figures["eer_high"] <= 1
    assert many["eer_high"] - many["eer_low"] < few["eer_high"] - few["eer_low"]


def test_a_clip_that_comes_twice_counts_once() -> None:
    embeddings, speakers = voices()
    clips, once, twice = torch.arange(30), EqualErrorRate(), EqualErrorRate()
    once.update(embeddings, speakers, clips)
    for chosen in (slice(0, 20), slice(10, 30)):
        twice.update(embeddings[chosen], speakers[chosen], clips[chosen])
    assert twice.compute() == once.compute()


def test_a_given_list_of_trials_is_the_list() -> None:
    embeddings, speakers = voices()
    trials = torch.tensor([[100, 101], [100, 129], [105, 112], [110, 114]])
    metric = EqualErrorRate(trials=trials)
    metric.update(embeddings, speakers, torch.arange(100, 130))
    left, right = (trials - 100).T
    expected = equal_error_rate((embeddings[left] * embeddings[right]).sum(1), speakers[left] == speakers[right])
    torch.testing.assert_close(metric.compute()["eer"], expected)


def test_nothing_to_compare_is_said() -> None:
    for speakers in (torch.zeros(4).long(), torch.arange(4)):
        with pytest.warns(UserWarning, match="two speakers or more"):
            assert math.isnan(computed(torch.rand(4, 3), speakers)["eer"])
