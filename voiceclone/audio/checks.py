"""What makes a waveform unusable, said in one line."""

from __future__ import annotations

import numpy as np

from voiceclone.errors import AudioError

# Peak deviation from the mean, re full scale. Dither in 16 bits reaches -84 dB, the faintest usable speech -60.
SILENCE_DB = -80.0


def require_samples(wave: np.ndarray, name: str) -> None:
    """Raise `AudioError` if ``wave`` is empty or holds NaN or infinite samples. ``name`` says which file it is."""
    if wave.size == 0:
        raise AudioError(f"{name}: holds no audio samples. Record it again or leave it out.")
    bad = np.count_nonzero(~np.isfinite(wave))
    if bad:
        raise AudioError(f"{name}: {bad} of {wave.size} samples are NaN or infinite. Export the recording again.")


def check(wave: np.ndarray, name: str) -> None:
    """Raise `AudioError` if ``wave [L]`` is empty, holds NaN or infinite samples, or is silent throughout."""
    require_samples(wave, name)
    peak = max(float(np.ptp(wave)) / 2, 1e-10)
    if 20 * np.log10(peak) < SILENCE_DB:
        raise AudioError(f"{name}: is silent throughout (below {SILENCE_DB:.0f} dB re full scale).")
