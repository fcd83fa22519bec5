"""The statistics of a listening test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from voiceclone.evaluation.listening.answers import Answers, Rating

RESAMPLES = 2000

Wanted = Callable[[Rating], bool]


def opinion(heard: Sequence[Answers], system: str, wanted: Wanted = lambda rating: True) -> dict[str, Any] | None:
    """Mean rating ``{mean, low, high, n}`` of a system with its 95 % interval; None without a rating.

    Ratings by one listener resemble each other, and so do those of one clip: listeners and clips are both drawn anew,
    each ``RESAMPLES`` times (Owen, The pigeonhole bootstrap, 2007).
    """
    table = _table(heard, lambda rating: rating.system == system and wanted(rating))
    present = ~np.isnan(table)
    if not present.any():
        return None
    rng, ratings = np.random.default_rng(0), np.where(present, table, 0.0)
    listeners, clips = (_draws(rng, size) for size in table.shape)
    totals = ((listeners @ ratings) * clips).sum(axis=1)
    counts = ((listeners @ present) * clips).sum(axis=1)
    low, high = np.percentile(totals[counts > 0] / counts[counts > 0], [2.5, 97.5])
    mean = float(ratings.sum() / present.sum())
    return {"mean": mean, "low": float(low), "high": float(high), "n": int(present.sum())}


def compare(heard: Sequence[Answers], systems: Sequence[str]) -> list[dict[str, Any]]:
    """For every two systems the mean difference, and the probability of one as large if there were none.

    Wilcoxon's signed-rank test over what the same listener said of the same clip, corrected for the number of tests
    after Holm (1979). ``p`` is None where all ratings are equal.
    """
    tests = []
    for left, right in combinations(systems, 2):
        difference = _of_system(heard, left) - _of_system(heard, right)
        difference = difference[~np.isnan(difference)]
        if len(difference):
            tests.append({"systems": [left, right], "difference": float(difference.mean()), "p": _wilcoxon(difference)})
    _correct(tests)
    return tests


def _of_system(heard: Sequence[Answers], system: str) -> np.ndarray:
    return _table(heard, lambda rating: rating.system == system)


def _table(heard: Sequence[Answers], wanted: Wanted) -> np.ndarray:
    """Ratings ``[listeners, clips]``, NaN where there is none."""
    clips = sorted({rating.clip for answers in heard for rating in answers.ratings})
    table = np.full((len(heard), len(clips)), np.nan)
    for row, answers in enumerate(heard):
        for rating in filter(wanted, answers.ratings):
            table[row, clips.index(rating.clip)] = rating.rating
    return table


def _draws(rng: np.random.Generator, size: int) -> np.ndarray:
    """How often each of ``size`` things is drawn, ``[RESAMPLES, size]``."""
    return rng.multinomial(size, np.full(size, 1 / size), size=RESAMPLES)


def _wilcoxon(difference: np.ndarray) -> float | None:
    from scipy.stats import wilcoxon

    return float(wilcoxon(difference, zero_method="pratt").pvalue) if difference.any() else None


def _correct(tests: list[dict[str, Any]]) -> None:
    """Holm's step-down correction, in place."""
    ordered = sorted((test for test in tests if test["p"] is not None), key=lambda test: test["p"])
    least = 0.0
    for rank, test in enumerate(ordered):
        least = max(least, min(1.0, test["p"] * (len(ordered) - rank)))
        test["p"] = least
