"""The same sentence several times over, in one picture."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from voiceclone.evaluation.pictures import spectrogram


def draw_comparison(waves: Mapping[str, np.ndarray], sample_rate: int, path: Path) -> None:
    """Write the log-mels of ``waves`` (title -> ``[L]``) with their F0, one above the other, as a PNG at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = spectrogram(waves, sample_rate).partition("base64,")[2]
    path.write_bytes(base64.b64decode(encoded))
