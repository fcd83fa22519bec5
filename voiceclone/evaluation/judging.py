"""One clip before all judges."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from voiceclone.errors import AudioError, VoiceCloneError
from voiceclone.evaluation.clips import Clip
from voiceclone.metrics.clip import ClipMetric, Unscorable


@dataclass(frozen=True)
class Outcome:
    """What one metric says of one clip: a value, or the reason why there is none."""

    value: float | None = None
    weight: float = 1.0
    reason: str | None = None
    observed: Any = None
    """What it heard: a transcript, an emotion, an embedding."""
    seconds: float = 0.0


def build_metrics(settings: Mapping[str, Any], sample_rate: int) -> tuple[dict[str, ClipMetric], dict[str, str]]:
    """Metrics from mappings with a ``_target_``, and for those that cannot run here, why."""
    from hydra.utils import instantiate

    metrics, missing = {}, {}
    for name, setting in settings.items():
        try:
            metrics[name] = instantiate(setting, sample_rate=sample_rate)
        except Exception as error:
            cause = error.__cause__ or error
            if not isinstance(cause, (VoiceCloneError, ImportError)):
                raise
            missing[name] = str(cause)
    return metrics, missing


def obstacle(metric: ClipMetric, clip: Clip, same_timing: bool) -> str | None:
    """Why a metric does not apply to a clip at all, if it does not."""
    if metric.same_timing and not same_timing and clip.recording is not None:
        return "needs the same timing as the recording: copy synthesis or teacher forcing"
    if metric.languages and clip.labels.language not in metric.languages:
        spoken = f"not {clip.labels.language}" if clip.labels.language else "and the clip's language is not known"
        return f"understands {', '.join(metric.languages)}, {spoken}"
    needed = {
        "recording": (clip.recording, "no recording of the same words"),
        "voice": (clip.voice, "no other recording of the same speaker"),
        "text": (clip.labels.text, "no text is known"),
        "emotion": (clip.labels.emotion, "no emotion is known"),
    }
    if metric.target in needed and needed[metric.target][0] is None:
        return needed[metric.target][1]
    return None


def judge_clip(clip: Clip, metrics: Mapping[str, ClipMetric], names: Iterable[str]) -> dict[str, Outcome]:
    """The outcome of each metric named; a clip that cannot be read has the reason everywhere."""
    chosen = {name: metrics[name] for name in names}
    rate = next(iter(chosen.values())).sample_rate
    try:
        wave = clip.wave.load(rate)
        against: dict[str, Any] = {"text": clip.labels.text, "emotion": clip.labels.emotion, "nothing": None}
        if any(metric.target == "recording" for metric in chosen.values()) and clip.recording:
            against["recording"] = clip.recording.load(rate)
        if any(metric.target == "voice" for metric in chosen.values()) and clip.voice:
            against["voice"] = clip.voice.load(rate)
    except AudioError as error:
        return dict.fromkeys(chosen, Outcome(reason=str(error)))
    return {name: _judge(metric, wave, against[metric.target]) for name, metric in chosen.items()}


def _judge(metric: ClipMetric, wave: np.ndarray, against: Any) -> Outcome:
    started = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, observed = metric.judge(wave, against), metric.observe(wave)
    except Unscorable as error:
        return Outcome(reason=str(error))
    except Exception as error:
        # A metric that stumbles over one clip must not cost the results of all others.
        return Outcome(reason=f"{type(error).__name__}: {error}")
    seconds = time.perf_counter() - started
    return Outcome(value, metric.weigh(against), observed=observed, seconds=round(seconds, 4))
