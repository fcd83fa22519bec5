"""Loudness contour of a clip, frame by frame with its mel."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.contract import AudioContract

FLOOR_DB = -100.0


def energy(wave: np.ndarray, contract: AudioContract) -> np.ndarray:
    """Root mean square ``[T]`` of each mel frame's ``win_length`` samples, in dB re full scale, at least -100.

    ``wave [L]`` is at the contract's rate and T = ``contract.n_frames(L)``. At the ends of the clip only the part of
    the window that lies inside counts.
    """
    n_frames = contract.n_frames(len(wave))
    first = contract.first_frame_centre - contract.win_length // 2 + contract.hop_length * np.arange(n_frames)
    edges = np.clip(np.stack([first, first + contract.win_length]), 0, len(wave))
    summed = np.concatenate([[0.0], np.cumsum(np.square(wave, dtype=np.float64))])
    power = (summed[edges[1]] - summed[edges[0]]) / np.maximum(edges[1] - edges[0], 1)
    return (10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))).astype(np.float32)
