"""How far a figure can be trusted."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

RESAMPLES = 2000
CONFIDENCE_Z = 1.959964
"""Half the width of a 95 % interval in standard deviations."""


class Share(TypedDict):
    """Hits out of ``n`` trials, with their 95 % interval."""

    accuracy: float
    low: float
    high: float
    n: int


def bootstrap(values: np.ndarray, weights: np.ndarray | None = None, seed: int = 0) -> tuple[float, float, float]:
    """Weighted mean of ``values [N]`` and its 95 % percentile bootstrap interval (Efron, 1979) over clips."""
    weights = np.ones(len(values)) if weights is None else weights
    mean = float(np.average(values, weights=weights))
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    # How often each clip is drawn is all that matters; drawing counts keeps memory at [RESAMPLES, N].
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=RESAMPLES)
    means = (counts @ (weights * values)) / np.maximum(counts @ weights, 1e-12)
    low, high = np.percentile(means, [2.5, 97.5])
    return mean, float(low), float(high)


def share(hits: float, trials: int) -> Share:
    """`proportion` with names, as it stands in files."""
    accuracy, low, high = proportion(hits, trials)
    return Share(accuracy=accuracy, low=low, high=high, n=trials)


def proportion(hits: float, trials: float) -> tuple[float, float, float]:
    """A share and its 95 % score interval (Wilson, 1927), which stays within 0 and 1 at either end."""
    if trials <= 0:
        return float("nan"), float("nan"), float("nan")
    share, z2 = float(hits / trials), CONFIDENCE_Z**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = CONFIDENCE_Z / (1 + z2 / trials) * np.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return share, max(0.0, float(centre - half)), min(1.0, float(centre + half))
