"""Which frames of two performances of the same text belong together."""

from __future__ import annotations

import numpy as np

from voiceclone.metrics.dtw import warp
from voiceclone.metrics.frames import mel_cepstra
from voiceclone.metrics.memo import remembered

Path = tuple[np.ndarray, np.ndarray]


@remembered
def warped_path(generated: np.ndarray, reference: np.ndarray, sample_rate: int) -> Path:
    """Index arrays ``[P]`` into the frames of both waves ``[L]``, by warping their mel cepstra onto one another."""
    return warp(mel_cepstra(generated, sample_rate), mel_cepstra(reference, sample_rate))
