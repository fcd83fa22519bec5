"""Time warping finds the cheapest path."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.dtw import warp


def cheapest(distance: np.ndarray) -> float:
    """The recursion as the textbook writes it."""
    total = np.full((distance.shape[0] + 1, distance.shape[1] + 1), np.inf)
    total[0, 0] = 0
    for i, j in np.ndindex(distance.shape):
        total[i + 1, j + 1] = distance[i, j] + min(total[i, j], total[i, j + 1], total[i + 1, j])
    return float(total[-1, -1])


def test_no_path_is_cheaper(rng: np.random.Generator) -> None:
    for _ in range(20):
        left, right = rng.standard_normal((rng.integers(1, 12), 3)), rng.standard_normal((rng.integers(1, 12), 3))
        distance = np.linalg.norm(left[:, None] - right[None], axis=2)
        at, against = warp(left, right)
        np.testing.assert_allclose(distance[at, against].sum(), cheapest(distance))
        steps = set(zip(np.diff(at).tolist(), np.diff(against).tolist(), strict=True))
        assert steps <= {(1, 1), (1, 0), (0, 1)}
        assert (at[0], against[0], at[-1], against[-1]) == (0, 0, len(left) - 1, len(right) - 1)


def test_repeated_frames_cost_nothing(rng: np.random.Generator) -> None:
    frames = rng.standard_normal((30, 5))
    slower = np.repeat(frames, rng.integers(1, 4, len(frames)), axis=0)
    at, against = warp(slower, frames)
    np.testing.assert_array_equal(slower[at], frames[against])
