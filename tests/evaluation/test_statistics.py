"""Intervals that hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from voiceclone.evaluation.statistics import bootstrap, proportion


def test_bootstrap_intervals_cover_the_truth_as_often_as_promised(rng: np.random.Generator) -> None:
    covered = [low <= 3.0 <= high for _, low, high in (bootstrap(rng.normal(3.0, 1.0, 40), seed=i) for i in range(200))]
    assert 0.89 <= np.mean(covered) <= 0.99


def test_weights_count(rng: np.random.Generator) -> None:
    mean, low, high = bootstrap(np.array([0.0, 1.0, 1.0]), np.array([2.0, 1.0, 1.0]))
    assert (mean, low, high) == (0.5, 0.0, 1.0)


def test_one_clip_has_no_interval() -> None:
    mean, low, high = bootstrap(np.array([2.5]))
    assert mean == 2.5
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"), [(10, 20, 0.299, 0.701), (20, 20, 0.839, 1.0), (0, 10, 0.0, 0.278)]
)
def test_proportions_as_in_wilsons_tables(hits: int, trials: int, low: float, high: float) -> None:
    assert proportion(hits, trials) == pytest.approx((hits / trials, low, high), abs=1e-3)
