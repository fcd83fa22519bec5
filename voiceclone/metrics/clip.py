"""What the metrics have in common: a figure for each clip alone, averaged over clips and over processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor
from torchmetrics import Metric

from voiceclone.errors import AudioError, DataError, VoiceCloneError

Target = Literal["recording", "voice", "text", "emotion", "nothing"]
WAVE_TARGETS = ("recording", "voice")
Waves = Tensor | Sequence[Tensor] | Sequence[np.ndarray]

# Vocoders drop or add a frame or two; more than this and the two clips are not the same performance.
TOLERANCE_SECONDS = 0.1
SILENCE = 1e-4


class Unscorable(VoiceCloneError):
    """This clip cannot be judged by this metric (too short, silent, another length); the message says why."""


class ClipMetric(Metric):
    """Weighted mean over clips of `score`, a figure computed for each clip alone.

    ``update(generated, reference)`` takes waves ``[B, L]`` or ``[B, 1, L]``, or a list of ``[L]`` (tensors or
    arrays, -1..1, at ``sample_rate`` Hz). What stands for ``reference`` is told by ``target``: waves of the same
    form of the same words or only of the same voice, the texts spoken, the emotions meant, or nothing. Clips that
    cannot be scored are counted in ``skipped``.
    ``compute()`` is a scalar tensor, NaN before any clip could be scored. Sums are what processes exchange, so the
    result under DDP is that of one process over all clips.
    """

    target: ClassVar[Target] = "recording"
    same_timing: bool = False
    languages: tuple[str, ...] = ()
    """Languages the metric understands; empty for any."""
    edition: str = "1"
    """Changes when the same settings give other figures, so that old ones are not mistaken for new ones."""
    is_differentiable = False
    full_state_update = False

    total: Tensor
    weight: Tensor
    skipped: Tensor

    def __init__(self, sample_rate: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sample_rate = int(sample_rate)
        for state in ("total", "weight", "skipped"):
            self.add_state(state, torch.zeros(()), dist_reduce_fx="sum")

    def score(self, generated: np.ndarray, reference: Any) -> float:
        """The figure of one clip ``[L]``; raises `Unscorable` where there is none."""
        raise NotImplementedError

    def observe(self, wave: np.ndarray) -> Any:
        """What the metric heard in a clip, for a report: a transcript, an emotion, an embedding; None if nothing."""
        return None

    def weigh(self, reference: Any) -> float:
        """How much a clip counts in the mean: 1, unless the figure is a rate per word or the like."""
        return 1.0

    def judge(self, generated: np.ndarray, reference: Any = None) -> float:
        """`score` behind the checks that every metric needs; raises `Unscorable`, and nothing else, for a bad clip."""
        waves = {"generated": generated} | ({"reference": reference} if self.target in WAVE_TARGETS else {})
        for name, wave in waves.items():
            _require_sound(wave, name)
        if self.same_timing:
            generated, reference = same_length(generated, reference, self.sample_rate)
        try:
            value = float(self.score(generated, reference))
        except AudioError as error:
            raise Unscorable(str(error)) from None
        if not np.isfinite(value):
            raise Unscorable(f"{type(self).__name__} gave {value}")
        return value

    def update(self, generated: Waves, reference: Any = None) -> None:
        """Score each clip and add it to the mean; raises `DataError` when the two sides differ in number."""
        clips = as_waves(generated)
        references: Sequence[Any] = [None] * len(clips)
        if self.target in WAVE_TARGETS:
            references = as_waves(reference)
        elif self.target != "nothing":
            references = list(reference)
        if len(clips) != len(references):
            raise DataError(f"{type(self).__name__}: {len(clips)} generated clips, {len(references)} references.")
        for clip, against in zip(clips, references, strict=True):
            self._add(clip, against)

    def _add(self, clip: np.ndarray, against: Any) -> None:
        try:
            value = self.judge(clip, against)
        except Unscorable:
            self.skipped += 1
            return
        weight = self.weigh(against)
        self.total += weight * value
        self.weight += weight

    def compute(self) -> Tensor:
        """The weighted mean over all clips scored so far."""
        return self.total / self.weight


def as_waves(waves: Waves) -> list[np.ndarray]:
    """Any of the forms of `Waves` as a list of float32 arrays ``[L]``."""
    if isinstance(waves, (Tensor, np.ndarray)) and waves.ndim == 1:
        waves = [waves]
    return [_as_wave(wave) for wave in waves]


def same_length(generated: np.ndarray, reference: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Both cut to the shorter; raises `Unscorable` where they differ by more than ``TOLERANCE_SECONDS``."""
    difference = abs(len(generated) - len(reference)) / sample_rate
    if difference > TOLERANCE_SECONDS:
        raise Unscorable(f"lengths differ by {difference:.2f} s: this figure needs the same timing")
    length = min(len(generated), len(reference))
    return generated[:length], reference[:length]


def is_silent(wave: np.ndarray) -> bool:
    """Whether nothing in the clip rises above -80 dB of full scale."""
    return bool(np.abs(wave).max(initial=0.0) < SILENCE)


def _as_wave(wave: Tensor | np.ndarray) -> np.ndarray:
    if isinstance(wave, Tensor):
        wave = wave.detach().to("cpu", torch.float32).numpy()
    return np.asarray(wave, dtype=np.float32).reshape(-1)


def _require_sound(wave: np.ndarray, name: str) -> None:
    if len(wave) == 0:
        raise Unscorable(f"the {name} clip is empty")
    if not np.isfinite(wave).all():
        raise Unscorable(f"the {name} clip holds NaN or infinite samples")
    if name == "reference" and is_silent(wave):
        raise Unscorable("the reference clip is silent")
