"""How loud somebody speaks, pauses aside; and bringing it to a level without clipping."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import FLOOR_DB, energy
from voiceclone.audio.pitch import f0

# What is softer is silence, and what a gain would make of it is noise.
_SILENCE_DB = -70.0
# How long before and after a peak its neighbourhood is turned down with it.
_LOOK_AHEAD_SECONDS = 0.005


def mean_level(contour: np.ndarray, decibels: np.ndarray) -> float:
    """Mean of ``decibels`` [T] where the ``contour`` [T] of F0 is voiced (above 0), or of all if it never is.

    Of no frames it is the least there is.
    """
    voiced = contour > 0
    return float((decibels[voiced] if voiced.any() else decibels).mean()) if len(decibels) else FLOOR_DB


def spoken_level(wave: np.ndarray, contract: AudioContract) -> float:
    """`mean_level` of a mono wave ``[L]`` at the contract's rate.

    Loudness (BS.1770) counts treble double, of which a tense voice has more than a calm one: brought to one loudness,
    anger is softer than sadness in every frame.
    """
    return mean_level(f0(wave, contract), energy(wave, contract))


def limited(wave: np.ndarray, sample_rate: int, peak_db: float = -1.0) -> np.ndarray:
    """``wave [L]`` with the moments around what would pass ``peak_db`` turned down, and the rest as it is."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    bearable = np.minimum(1.0, 10 ** (peak_db / 20) / np.maximum(np.abs(wave), 1e-9))
    width = 2 * round(_LOOK_AHEAD_SECONDS * sample_rate) + 1
    # The mean of the least gains around a sample is at most the sample's own: smooth, and nothing gets through.
    return (wave * uniform_filter1d(minimum_filter1d(bearable, width), width)).astype(np.float32)


def bring_to(level: float, wave: np.ndarray, contract: AudioContract) -> np.ndarray:
    """``wave [L]`` at a `spoken_level` of ``level`` dB, its highest peaks `limited`; silence as it is."""
    found = spoken_level(wave, contract)
    if found <= _SILENCE_DB:
        return wave
    return limited(wave * 10 ** ((level - found) / 20), contract.sample_rate)
