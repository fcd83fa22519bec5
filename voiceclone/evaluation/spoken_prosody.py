"""What an emotion changes in the waveform: pitch, its range, level and rate, against the same speaker's neutral."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import energy
from voiceclone.audio.pitch import f0
from voiceclone.data.prosody import prosody
from voiceclone.metrics.frames import frame_contract
from voiceclone.synthesis.speech import Speech

NEUTRAL = "neutral"
_SEMITONE = math.log(2) / 12


@dataclass(frozen=True)
class Measured:
    """One utterance: F0 in Hz, its 5-95 % range in semitones, level in dB, symbols per second; NaN without voice."""

    speaker: str
    emotion: str | None
    pitch: float
    pitch_range: float
    level: float
    rate: float
    failed: bool


@dataclass(frozen=True)
class Change:
    """An emotion over ``n`` utterances, ``failures`` of which lost their way: mean F0 in Hz, then the change against
    neutral of the same speaker: pitch and range in semitones, level in dB, rate in %. NaN where neutral is missing."""

    n: int
    failures: int
    f0: float
    pitch: float
    pitch_range: float
    level: float
    rate: float


def measure(speaker: str, emotion: str | None, speech: Speech, cloned: bool = False) -> Measured:
    """Prosody of the finished waveform; ``cloned`` keeps a voice apart from a known one of the same name."""
    contract: AudioContract = frame_contract(speech.sample_rate)
    contour = f0(speech.wave.copy(), contract)
    n_symbols = sum(sentence.alignment.shape[1] for sentence in speech.sentences)
    log_f0, log_range, level, rate = prosody(contour, energy(speech.wave, contract), n_symbols, speech.seconds).tolist()
    voiced = bool((contour > 0).any())
    return Measured(
        f"{speaker}, cloned" if cloned else speaker,
        emotion,
        math.exp(log_f0) if voiced else math.nan,
        log_range / _SEMITONE if voiced else math.nan,
        level,
        rate,
        bool(speech.failed),
    )


def changes(measured: Sequence[Measured]) -> dict[str, Change]:
    """By emotion, the mean over speakers of what it changes; empty where nothing was said with emotions."""
    emotions = list(dict.fromkeys(m.emotion for m in measured if m.emotion is not None))
    return {emotion: _change([m for m in measured if m.emotion == emotion], measured) for emotion in emotions}


def _change(spoken: Sequence[Measured], everything: Iterable[Measured]) -> Change:
    neutral = {m.speaker: m for m in everything if m.emotion == NEUTRAL}
    pairs = [(m, neutral[m.speaker]) for m in spoken if m.speaker in neutral]
    return Change(
        len(spoken),
        sum(m.failed for m in spoken),
        _mean([m.pitch for m in spoken]),
        _mean([math.log(m.pitch / n.pitch) / _SEMITONE for m, n in pairs]),
        _mean([m.pitch_range - n.pitch_range for m, n in pairs]),
        _mean([m.level - n.level for m, n in pairs]),
        _mean([100 * (m.rate / n.rate - 1) for m, n in pairs]),
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
