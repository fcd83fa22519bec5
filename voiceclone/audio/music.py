"""Whether music plays behind a voice."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.bandwidth import running_mean
from voiceclone.audio.resample import resample

# Below, mains and machines hum; above, music behind a voice is hardly heard.
_RATE, _SIZE, _HOP = 11025, 1024, 256
_LOWEST_HZ, _HIGHEST_HZ = 180.0, 4000.0
# A bin belongs to a tone where it stands out of its neighbours by this; a bar is one bin for so many frames.
_STANDS_OUT_DB, _NEIGHBOURS = 4.0, 21
_BLOCK_FRAMES = 64
_BARS = 5


def music_share(wave: np.ndarray, sample_rate: int) -> float:
    """How strongly level tones run through a mono wave ``[L]``, 0 to 1; NaN where it is shorter than 1.5 s.

    Continuous frequency activation (Seyerlehner et al., 2007): notes draw level bars into the spectrogram, a voice,
    whose pitch never rests, does not, however loud it is. In every 1.5 s the five bins that are part of a tone for
    most of the time, less what their neighbourhood is; the mean over the recording.
    """
    heard = resample(wave, sample_rate, _RATE)
    if len(heard) < _SIZE + _HOP * _BLOCK_FRAMES:
        return float("nan")
    frames = np.lib.stride_tricks.sliding_window_view(heard, _SIZE)[::_HOP]
    level = 10 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(_SIZE), axis=1)) ** 2 + 1e-12)
    first, last = (round(hertz * _SIZE / _RATE) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    tonal = (level - running_mean(level, _NEIGHBOURS) > _STANDS_OUT_DB)[:, first:last]
    blocks = [tonal[start : start + _BLOCK_FRAMES] for start in range(0, len(tonal) - _BLOCK_FRAMES + 1, _BLOCK_FRAMES)]
    return float(np.mean([_bars(block.mean(axis=0)) for block in blocks]))


def _bars(activation: np.ndarray) -> float:
    """The mean of the highest bars over the valleys beside them; ``[bins]`` are shares of time that each is a tone."""
    padded = np.pad(activation, 3, mode="edge")
    beside = np.minimum(padded[:-6], padded[6:])
    heights = np.sort(np.maximum(activation - beside, 0.0))
    return float(heights[-_BARS:].mean())
