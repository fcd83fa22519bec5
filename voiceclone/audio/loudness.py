"""Loudness as people hear it (ITU-R BS.1770), and the removal of a constant offset."""

from __future__ import annotations

import math

import numpy as np

# BS.1770 gates over blocks of 0.4 s; what is shorter is one ungated block.
_BLOCK_SECONDS = 0.4


def loudness(wave: np.ndarray, sample_rate: int) -> float:
    """Integrated loudness of a mono wave ``[L]`` in LUFS; minus infinity for silence."""
    import pyloudnorm

    block = min(_BLOCK_SECONDS, len(wave) / sample_rate)
    if block == 0 or not np.any(wave):
        return -math.inf
    meter = pyloudnorm.Meter(sample_rate, block_size=block)
    return float(meter.integrated_loudness(np.asarray(wave, dtype=np.float64)))


def normalise(wave: np.ndarray, sample_rate: int, lufs: float = -23.0, peak_db: float = -1.0) -> np.ndarray:
    """``wave [L]`` scaled to ``lufs``, or less where its peak would pass ``peak_db`` (re full scale); never clipped.

    Silence has no loudness and comes back as it is.
    """
    measured, peak = loudness(wave, sample_rate), float(np.abs(wave).max(initial=0.0))
    if not math.isfinite(measured) or peak == 0:
        return wave
    gain = min(10 ** ((lufs - measured) / 20), 10 ** (peak_db / 20) / peak)
    return (wave * gain).astype(np.float32)


def remove_dc(wave: np.ndarray) -> np.ndarray:
    """``wave [L]`` without the constant offset that some sound cards add."""
    return (wave - wave.mean(dtype=np.float64)).astype(np.float32) if wave.size else wave
