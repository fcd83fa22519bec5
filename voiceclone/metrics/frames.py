"""The frames in which the metrics look at a clip: 25 ms long, one every 10 ms, whatever its sample rate."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.metrics.memo import remembered

WINDOW_SECONDS, HOP_SECONDS = 0.025, 0.010
N_MELS, N_CEPSTRA = 40, 13
HIGHEST_HZ = 8_000.0


@lru_cache
def frame_contract(sample_rate: int) -> AudioContract:
    """The audio settings of a judge, not of a network: natural-log mel magnitudes up to 8 kHz."""
    win_length = round(WINDOW_SECONDS * sample_rate)
    return AudioContract(
        sample_rate=sample_rate,
        n_fft=1 << (win_length - 1).bit_length(),
        hop_length=round(HOP_SECONDS * sample_rate),
        win_length=win_length,
        n_mels=N_MELS,
        f_min=0.0,
        f_max=min(HIGHEST_HZ, sample_rate / 2),
        padding="center",
        pad_mode="constant",
    )


@lru_cache
def _mel_spectrogram(sample_rate: int) -> MelSpectrogram:
    return MelSpectrogram(frame_contract(sample_rate))


@remembered
@torch.no_grad()
def log_mel(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Log-mel spectrogram ``[T, 40]`` of a wave ``[L]``."""
    mel = _mel_spectrogram(sample_rate)(torch.from_numpy(wave.copy())[None])
    return mel[0].T.numpy()


@remembered
def mel_cepstra(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Cepstral coefficients 1 to 13 ``[T, 13]``, scaled so that log mel = c0 + sum of c_m cos(m w)."""
    frames = log_mel(wave, sample_rate)
    quefrency = np.arange(1, N_CEPSTRA + 1)[:, None] * (np.arange(N_MELS) + 0.5)[None] * np.pi / N_MELS
    return frames @ (np.cos(quefrency).T * 2 / N_MELS)
