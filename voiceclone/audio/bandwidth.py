"""Up to which frequency a recording holds anything, whatever its sample rate says."""

from __future__ import annotations

import numpy as np

_WINDOW_SECONDS = 0.032
# Where the loudest moments of a band lie so far below those of the loudest band, the band is empty; and they must
# stand out this far of the recording's own floor, since dither and hiss fill all bands alike.
_DEPTH_DB, _OUT_OF_FLOOR_DB = 75.0, 10.0
_LOUD, _FAINT = 0.98, 0.10
# Several neighbouring bins together, so that a single tone is not taken for speech.
_SMOOTH_HZ = 300.0


def bandwidth(wave: np.ndarray, sample_rate: int) -> float:
    """The highest frequency in Hz at which a mono wave ``[L]`` of speech rises and falls; 0 for silence.

    A telephone's 8 kHz copied to 48 kHz has 3.4 to 4 kHz, an mp3 of 64 kbit/s about 11 kHz. Hiss that never changes
    does not count.
    """
    size = 2 * round(_WINDOW_SECONDS * sample_rate / 2)
    if len(wave) < 4 * size or not np.any(wave):
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    bands = running_mean(power, max(1, round(_SMOOTH_HZ * size / sample_rate)))
    loud, faint = (10 * np.log10(np.quantile(bands, share, axis=0) + 1e-20) for share in (_LOUD, _FAINT))
    alive = np.flatnonzero((loud > loud.max() - _DEPTH_DB) & (loud - faint > _OUT_OF_FLOOR_DB))
    return float(alive[-1] * sample_rate / size) if len(alive) else 0.0


def running_mean(rows: np.ndarray, width: int) -> np.ndarray:
    """The mean of ``width`` neighbours along each row of ``[T, bins]``, of as many as there are at the ends."""
    left = width // 2
    sums = np.pad(np.cumsum(rows, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    places = np.arange(rows.shape[1])
    first, last = np.maximum(places - left, 0), np.minimum(places - left + width, rows.shape[1])
    return (sums[:, last] - sums[:, first]) / (last - first)
