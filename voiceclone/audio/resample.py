"""Changing the sample rate."""

from __future__ import annotations

import numpy as np


def resample(wave: np.ndarray, orig_rate: int, new_rate: int) -> np.ndarray:
    """A mono wave ``[L]`` at another rate, float32, linear phase (soxr's HQ: 20 bits, which passes 16-bit audio)."""
    if orig_rate == new_rate:
        return np.asarray(wave, dtype=np.float32)
    import soxr  # here, so that the networks, which import this, also load on a machine without it

    return soxr.resample(np.asarray(wave, dtype=np.float32), orig_rate, new_rate, quality="HQ")
