"""How long a room rings on after the voice, heard from the speech alone."""

from __future__ import annotations

import math

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram

_N_BANDS, _LOWEST, _HIGHEST = 12, 250.0, 4000.0
_HOP_SECONDS = 0.01
# A decay is watched for so many frames and must fall by this much with no more than small rises; it may not end in
# the noise.
_FRAMES, _LEAST_FALL_DB, _LARGEST_RISE_DB, _ABOVE_NOISE_DB = 16, 6.0, 2.0, 6.0
# No sound in the room can end faster than the room lets it: the fastest decays are the room's own.
_FASTEST, _LEAST_DECAYS = 0.1, 10


def reverberation_time(wave: np.ndarray, sample_rate: int) -> float:
    """An estimate of the seconds in which the sound of the room falls by 60 dB, for a mono wave ``[L]`` of speech.

    The fastest decays of the voice in twelve bands, after the idea of free-decay regions (Vieira, 2004; Prego et al.,
    2015): in a dry room they are those of the voice itself, 0.2 to 0.28 s. A room of 0.5 s is heard as 0.35 to 0.47,
    by how near the microphone is. NaN where too few decays are heard, as in a second of speech.
    """
    levels = _band_levels(wave, sample_rate)
    times = [time for band in levels for time in _decay_times(band)]
    return float(np.quantile(times, _FASTEST)) if len(times) >= _LEAST_DECAYS else math.nan


def _band_levels(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Levels in dB ``[bands, T]``."""
    import torch

    hop = round(_HOP_SECONDS * sample_rate)
    contract = AudioContract(
        sample_rate, 2 * hop, hop, 2 * hop, _N_BANDS, _LOWEST, min(_HIGHEST, sample_rate / 2),
        log="log10", log_floor=1e-10, power=2, mel_norm="none", pad_mode="constant",
    )  # fmt: skip
    with torch.inference_mode():
        return 10 * MelSpectrogram(contract)(torch.tensor(wave, dtype=torch.float32)[None])[0].numpy()


def _decay_times(band: np.ndarray) -> list[float]:
    """Reverberation times of all decays in the levels ``[T]`` of a band, by straight lines through them."""
    if len(band) < 4 * _FRAMES:
        return []
    noise = float(np.quantile(band, 0.05))
    windows = np.lib.stride_tricks.sliding_window_view(band, _FRAMES)
    falls = windows[:, 0] - windows[:, -1]
    steady = (np.diff(windows, axis=1) <= _LARGEST_RISE_DB).all(axis=1)
    chosen = windows[steady & (falls > _LEAST_FALL_DB) & (windows[:, -1] > noise + _ABOVE_NOISE_DB)]
    time = (np.arange(_FRAMES) - (_FRAMES - 1) / 2) * _HOP_SECONDS
    slopes = chosen @ time / (time @ time)
    return [-60.0 / slope for slope in slopes]
