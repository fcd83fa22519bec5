"""Where somebody speaks: an energy detector that learns the noise of every frequency band from the recording.

Speech is where a pair of bands stands out of its own noise, whatever the noise's colour. No network is needed, so
that a hundred hours are searched in minutes on one core, and recordings of any rate as they are.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram

N_BANDS = 16
# Speech begins where its bands stand out this far (dB) and lasts while they stand out that far.
ON_DB, OFF_DB = 9.0, 5.0
# What lies so far below the loudest band is no speech, however deep the noise: breath and room.
DYNAMIC_RANGE_DB = 50.0
# Seconds: shorter bursts are clicks, shorter pauses belong to the speech; the detector opens early and closes late.
SHORTEST_SPEECH, SHORTEST_PAUSE, GUARD = 0.1, 0.2, 0.03
# The noise is learnt from stretches of this many seconds, so that it may change within a long recording.
STRETCH_SECONDS = 60.0

Span = tuple[float, float]


def speech_spans(wave: np.ndarray, sample_rate: int) -> list[Span]:
    """Start and end, in seconds, of every stretch of speech in a mono wave ``[L]``; a pause under 0.2 s is speech."""
    return active_spans(prominence([wave], sample_rate), len(wave) / sample_rate, frame_seconds(sample_rate))


def trim(wave: np.ndarray, sample_rate: int, margin: float = 0.1) -> np.ndarray:
    """``wave [L]`` without what lies more than ``margin`` seconds before or after speech; whole if nobody speaks."""
    found = speech_spans(wave, sample_rate)
    if not found:
        return wave
    first, last = found[0][0] - margin, found[-1][1] + margin
    return wave[max(0, round(first * sample_rate)) : round(last * sample_rate)]


def frame_samples(sample_rate: int) -> int:
    """The detector's frame: about 10 ms, in samples."""
    return max(1, round(sample_rate / 100))


def frame_seconds(sample_rate: int) -> float:
    """The exact duration of a frame of the detector."""
    return frame_samples(sample_rate) / sample_rate


def prominence(blocks: Iterable[np.ndarray], sample_rate: int) -> np.ndarray:
    """How far, in dB, each frame of a recording stands out of its noise ``[T]``: the mean of its two clearest bands.

    The recording comes in blocks ``[L]``, each but the last a whole number of frames long, so that it need not be
    in memory at once.
    """
    levels = _band_levels(blocks, sample_rate)
    n_stretches = max(1, round(levels.shape[1] * frame_seconds(sample_rate) / STRETCH_SECONDS))
    return np.concatenate([_above_noise(stretch) for stretch in np.array_split(levels, n_stretches, axis=1)])


def active_spans(prominence: np.ndarray, duration: float, frame: float) -> list[Span]:
    """Stretches of speech, in seconds, from the `prominence` of frames that last ``frame`` seconds."""
    edges = np.flatnonzero(np.diff(prominence > OFF_DB, prepend=False, append=False))
    runs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if prominence[a:b].max() > ON_DB]
    merged: list[Span] = []
    for first, last in ((a * frame, b * frame) for a, b in runs):
        if merged and first - merged[-1][1] < SHORTEST_PAUSE:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return [(max(0.0, a - GUARD), min(duration, b + GUARD)) for a, b in merged if b - a >= SHORTEST_SPEECH]


def _band_levels(blocks: Iterable[np.ndarray], sample_rate: int) -> np.ndarray:
    """Level in dB ``[N_BANDS, T]``."""
    hop = frame_samples(sample_rate)
    f_min, f_max = min(100.0, sample_rate / 8), min(8000.0, sample_rate / 2)
    contract = AudioContract(
        sample_rate, 3 * hop, hop, 3 * hop, N_BANDS, f_min, f_max,
        log="log10", log_floor=1e-10, power=2, mel_norm="none", pad_mode="constant",
    )  # fmt: skip
    mel = MelSpectrogram(contract)
    with torch.inference_mode():
        # The product is a copy: torch's own small tensors, kept, would pin the large ones' memory.
        waves = (torch.tensor(block, dtype=torch.float32) for block in blocks if len(block) >= hop)
        parts = [10 * mel(wave[None])[0].numpy() for wave in waves]
    return np.concatenate([np.zeros((N_BANDS, 0), dtype=np.float32), *parts], axis=1)


def _above_noise(levels: np.ndarray) -> np.ndarray:
    """`prominence` from the levels ``[N_BANDS, T]`` of a stretch.

    A band's noise is its tenth percentile, which even fluent speech falls to in a single band.
    """
    if levels.shape[1] == 0:
        return np.zeros(0, dtype=np.float32)
    smooth = _running_mean(levels)
    deepest = np.percentile(smooth, 99, axis=1).max() - DYNAMIC_RANGE_DB
    noise = np.maximum(np.percentile(smooth, 10, axis=1, keepdims=True), deepest)
    return np.partition(smooth - noise, N_BANDS - 2, axis=0)[-2:].mean(axis=0)


def _running_mean(levels: np.ndarray, width: int = 5) -> np.ndarray:
    padded = np.pad(levels, ((0, 0), (width // 2, width // 2)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).mean(axis=-1)
