"""Whether a recording was too loud for its converter."""

from __future__ import annotations

import numpy as np

_FLAT_SAMPLES = 3


def clipped_share(wave: np.ndarray) -> float:
    """Share of the samples of ``wave [L]`` that lie in flat tops: runs at the peak, wherever the peak is."""
    peak = float(np.abs(wave).max(initial=0.0))
    at_peak = np.abs(wave) >= 0.999 * peak
    edges = np.flatnonzero(np.diff(np.concatenate([[False], at_peak, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _FLAT_SAMPLES].sum()) / max(1, len(wave))
