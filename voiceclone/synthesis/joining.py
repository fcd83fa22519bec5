"""Sentences become one utterance: natural pauses between them, one loudness over all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
AfterStep = Callable[[Wave, int], Wave]

# Seconds of silence after a piece that ends in this mark, as readers of long texts leave them; the voice adds its own.
_PAUSES = {",": 0.15, ";": 0.25, ":": 0.25, "，": 0.15, "、": 0.12, "；": 0.25, "：": 0.25}
_SENTENCE_PAUSE = 0.35
_FADE = 0.01


def pause_after(sentence: str) -> float:
    """Seconds of silence that follow ``sentence``, from the mark it ends in."""
    mark = sentence.rstrip("\"'”’」』)） ")[-1:]
    return _PAUSES.get(mark, _SENTENCE_PAUSE)


def join(waves: Sequence[Wave], sentences: Sequence[str], sample_rate: int) -> Wave:
    """The waves ``[L]`` in order, with the pause that each sentence asks for between them and soft edges."""
    pieces: list[Wave] = []
    for index, (wave, sentence) in enumerate(zip(waves, sentences, strict=True)):
        pieces.append(_soften(wave, sample_rate))
        if index + 1 < len(waves):
            pieces.append(np.zeros(round(pause_after(sentence) * sample_rate), np.float32))
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def _soften(wave: Wave, sample_rate: int) -> Wave:
    """Fade in and out, so that no piece begins or ends with a click."""
    length = min(round(_FADE * sample_rate), len(wave) // 2)
    ramp = np.linspace(0.0, 1.0, length, dtype=np.float32)
    softened = wave.astype(np.float32, copy=True)
    softened[:length] *= ramp
    softened[len(wave) - length :] *= ramp[::-1]
    return softened


def apply_steps(wave: Wave, sample_rate: int, steps: Sequence[AfterStep]) -> Wave:
    """Run the ordered after-steps on the finished waveform; each keeps the sample rate."""
    for step in steps:
        wave = step(wave, sample_rate)
    return wave
