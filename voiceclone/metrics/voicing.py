"""What pitch metrics compare: fundamental frequency and periodicity, frame by frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voiceclone.audio.pitch import f0
from voiceclone.metrics.frames import HOP_SECONDS, frame_contract
from voiceclone.metrics.memo import remembered

LOWEST_HZ, HIGHEST_HZ = 60.0, 550.0
PERIODS_IN_WINDOW = 3


class Voicing(NamedTuple):
    """One value per 10 ms, ``[T]`` each."""

    f0: np.ndarray
    """Hz, 0 where unvoiced."""
    periodicity: np.ndarray
    """0 (noise) to 1 (a perfect buzz)."""

    def at(self, frames: np.ndarray) -> Voicing:
        """Both tracks at the given frame indices ``[P]``."""
        return Voicing(self.f0[frames], self.periodicity[frames])


@remembered
def voicing(wave: np.ndarray, sample_rate: int) -> Voicing:
    """The pitch track of a wave ``[L]``, by the project's own pitch tracker, and its periodicity."""
    return Voicing(f0(wave.copy(), frame_contract(sample_rate)), periodicity(wave, sample_rate))


def periodicity(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Highest normalised autocorrelation ``[T]`` of each frame at the lags of 60 to 550 Hz.

    The autocorrelation of the windowed frame is divided by that of its window (Boersma, 1993), so that a steady
    periodic signal has 1 whatever its pitch.
    """
    frames, window = _windowed(wave, sample_rate)
    lags = slice(int(sample_rate / HIGHEST_HZ), int(sample_rate / LOWEST_HZ) + 1)
    raw, of_window = _autocorrelation(frames), _autocorrelation(window)
    energy = np.maximum(raw[:, :1], 1e-9)
    peak = (raw[:, lags] / energy / (of_window[lags] / of_window[0])).max(axis=1)
    return np.clip(peak, 0.0, 1.0)


def _windowed(wave: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Hann-windowed frames ``[T, W]`` around every hop, without their mean, and the window ``[W]``."""
    hop, size = round(HOP_SECONDS * sample_rate), round(PERIODS_IN_WINDOW * sample_rate / LOWEST_HZ)
    padded = np.pad(wave.astype(np.float64), size // 2)
    padded = np.pad(padded, (0, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[: len(wave) + 1 : hop]
    window = np.hanning(size)
    return (frames - frames.mean(axis=1, keepdims=True)) * window, window


def _autocorrelation(frames: np.ndarray) -> np.ndarray:
    """Autocorrelation along the last axis, lags 0 to W - 1."""
    size = frames.shape[-1]
    return np.fft.irfft(np.abs(np.fft.rfft(frames, 2 * size)) ** 2)[..., :size]
