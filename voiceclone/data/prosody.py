"""How an utterance is spoken, in four numbers."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.level import mean_level
from voiceclone.data.store_clips import Clips


def prosody(f0: np.ndarray, energy: np.ndarray, n_symbols: int, seconds: float) -> np.ndarray:
    """Float32 [4] in the order of `voiceclone.models.acoustic.prosody.MEASURES`.

    ``f0`` [T] in Hz, 0 where unvoiced: mean of its natural logarithm and the distance of its 5th and 95th
    percentile, both over voiced frames and 0 if there are none. ``energy`` [T] in dB: its `mean_level`, which pauses do
    not pull down. Symbols per second tell the speaking rate.
    """
    voiced, level = f0 > 0, mean_level(f0, energy)
    if not voiced.any():
        return np.array([0.0, 0.0, level, n_symbols / seconds], dtype=np.float32)
    pitch = np.sort(np.log(f0[voiced]))
    ranks = np.arange(len(pitch))
    low, high = np.interp((0.05 * ranks[-1], 0.95 * ranks[-1]), ranks, pitch)  # np.percentile takes 20 times as long
    return np.array([pitch.mean(), high - low, level, n_symbols / seconds], dtype=np.float32)


def prosody_of(clips: Clips, row: int) -> np.ndarray:
    """`prosody` of a prepared clip; without energy (NaN) where it was levelled, so that its own says nothing."""
    about = clips.fields(row)
    f0, energy, symbols = (clips.read(name, row) for name in ("f0", "energy", "symbols"))
    found = prosody(f0, energy, len(symbols), about["seconds"])
    if about["extra"].get("levelled"):
        found[2] = np.nan
    return found
