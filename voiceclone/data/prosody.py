"""How an utterance is spoken, in four numbers."""

from __future__ import annotations

import numpy as np

PROSODY_NAMES = ("log_f0_mean", "log_f0_range", "energy_mean", "symbols_per_second")


def prosody(f0: np.ndarray, energy: np.ndarray, n_symbols: int, seconds: float) -> np.ndarray:
    """Float32 [4] in the order of `PROSODY_NAMES`.

    ``f0`` [T] in Hz, 0 where unvoiced: mean of its natural logarithm and the distance of its 5th and 95th
    percentile, both over voiced frames and 0 if there are none. ``energy`` [T] in dB: its mean over voiced frames,
    which pauses do not pull down, over all if none is voiced. Symbols per second tell the speaking rate.
    """
    voiced = f0 > 0
    if not voiced.any():
        return np.array([0.0, 0.0, energy.mean(), n_symbols / seconds], dtype=np.float32)
    pitch = np.log(f0[voiced])
    low, high = np.percentile(pitch, (5, 95))
    return np.array([pitch.mean(), high - low, energy[voiced].mean(), n_symbols / seconds], dtype=np.float32)
