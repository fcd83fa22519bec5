"""Dynamic time warping: which frame of one clip goes with which of another."""

from __future__ import annotations

import numpy as np

_DIAGONAL, _DOWN, _RIGHT = 0, 1, 2


def warp(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cheapest monotone path through the Euclidean distances of ``left [N, D]`` and ``right [M, D]``.

    Returns two index arrays ``[P]``, from (0, 0) to (N - 1, M - 1), with steps (1, 1), (1, 0) and (0, 1)
    (Sakoe & Chiba, 1978). Distances are summed along anti-diagonals, whose cells do not depend on one another, so that
    the inner loop runs inside numpy.
    """
    distance = _euclidean(left, right)
    rows, columns = distance.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    step = np.zeros((rows, columns), dtype=np.int8)
    for diagonal in range(rows + columns - 1):
        i = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        j = diagonal - i
        before = np.stack([total[i, j], total[i, j + 1], total[i + 1, j]])
        step[i, j] = before.argmin(axis=0)
        total[i + 1, j + 1] = distance[i, j] + before.min(axis=0)
    return _walk_back(step)


def _euclidean(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """All distances ``[N, M]``."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.sqrt(np.maximum(squares, 0.0))


def _walk_back(step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    i, j = step.shape[0] - 1, step.shape[1] - 1
    path = [(i, j)]
    while i or j:
        move = step[i, j]
        i, j = i - (move != _RIGHT), j - (move != _DOWN)
        path.append((i, j))
    left, right = np.array(path[::-1]).T
    return left, right
