"""Triangular mel filters on the Slaney and HTK scales."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from voiceclone.audio.contract import AudioContract

# Slaney's Auditory Toolbox (1998): linear up to 1 kHz, where it has 15 mels, then 27 mels to every factor of 6.4.
_BREAK_HZ = 1000.0
_HZ_PER_MEL = 200.0 / 3.0
_LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: np.ndarray, scale: str) -> np.ndarray:
    """Frequencies in Hz on the mel scale ``"slaney"`` or ``"htk"`` (O'Shaughnessy, 1987)."""
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    above = _BREAK_HZ / _HZ_PER_MEL + np.log(np.maximum(hz, _BREAK_HZ) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL, above)


def mel_to_hz(mel: np.ndarray, scale: str) -> np.ndarray:
    """The inverse of `hz_to_mel`."""
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_HZ / _HZ_PER_MEL))
    return np.where(mel < _BREAK_HZ / _HZ_PER_MEL, mel * _HZ_PER_MEL, above)


@lru_cache(maxsize=32)
def triangular_filters(contract: AudioContract) -> np.ndarray:
    """Filters ``[n_mels, n_fft // 2 + 1]``, float64, read-only.

    Neighbouring triangles meet at each other's peaks, which are evenly spaced in mels; ``mel_norm="slaney"`` gives
    every triangle the same area in Hz.
    """
    ends = hz_to_mel(np.array([contract.f_min, contract.f_max]), contract.mel_scale)
    corners = mel_to_hz(np.linspace(ends[0], ends[1], contract.n_mels + 2), contract.mel_scale)
    bins = np.linspace(0.0, contract.sample_rate / 2, contract.n_fft // 2 + 1)
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    filters = np.maximum(0.0, np.minimum((bins - low) / (peak - low), (high - bins) / (high - peak)))
    if contract.mel_norm == "slaney":
        filters *= 2.0 / (high - low)
    filters.flags.writeable = False
    return filters
