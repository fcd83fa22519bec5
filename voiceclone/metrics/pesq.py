"""PESQ: perceptual evaluation of speech quality (ITU-T P.862, wide band P.862.2)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from voiceclone.audio.resample import resample
from voiceclone.errors import ConfigError
from voiceclone.metrics.clip import ClipMetric, Unscorable, is_silent
from voiceclone.metrics.packages import require

WIDE_RATE, NARROW_RATE = 16_000, 8_000
SHORTEST_SECONDS = 0.25

MODES = ("wb", "nb")
LOWEST = 1.0


class PESQ(ClipMetric):
    """MOS-LQO from 1.0 to 4.64 (wide band) or 4.55 (narrow band), higher is better, same timing only.

    Clips are resampled to 16 kHz; narrow band takes 8 kHz recordings as they are. A silent generated clip has 1.0;
    a silent reference, or a clip below 0.25 s, has no score (`Unscorable`), where the published program would crash.
    Wide band raises `ConfigError` below 16 kHz: there is no upper band to judge.
    """

    same_timing = True
    higher_is_better = True

    def __init__(self, sample_rate: int, mode: Literal["wb", "nb"] = "wb", **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        if mode not in MODES:
            raise ConfigError(f"pesq mode: expected 'wb' or 'nb', got {mode!r}.")
        if mode == "wb" and sample_rate < WIDE_RATE:
            raise ConfigError(f"wide-band PESQ needs 16 kHz or more, these recordings have {sample_rate} Hz: use nb.")
        require("pesq", "PESQ")
        self.mode = mode
        self.rate = NARROW_RATE if sample_rate == NARROW_RATE else WIDE_RATE

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        from pesq import PesqError, pesq

        if len(reference) < SHORTEST_SECONDS * self.sample_rate:
            raise Unscorable(f"PESQ needs at least {SHORTEST_SECONDS} s")
        if is_silent(generated):
            return LOWEST
        clean, degraded = (resample(wave, self.sample_rate, self.rate) for wave in (reference, generated))
        try:
            return float(pesq(self.rate, clean, degraded, self.mode))
        except (PesqError, ValueError, ZeroDivisionError) as error:
            raise Unscorable(f"PESQ found no speech to compare ({error})") from None
