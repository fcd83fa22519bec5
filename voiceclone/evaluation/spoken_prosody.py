"""What an emotion changes in speech, spoken or recorded: pitch, its range, level and rate, against neutral."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import energy
from voiceclone.audio.pitch import f0
from voiceclone.data.prosody import prosody, prosody_of
from voiceclone.data.store_clips import Clips
from voiceclone.metrics.frames import frame_contract
from voiceclone.models.emotion.labels import NEUTRAL
from voiceclone.synthesis.speech import Speech

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
    found = prosody(contour, energy(speech.wave, contract), n_symbols, speech.seconds)
    return _measured(f"{speaker}, cloned" if cloned else speaker, emotion, found, bool(speech.failed))


def measure_recordings(clips: Clips) -> list[Measured]:
    """Prosody of the prepared recordings that have an emotion and a text, from the store's F0 and energy."""
    found = []
    for row in range(len(clips)):
        about = clips.fields(row)
        if about["emotion"] is not None and len(clips.read("symbols", row)):
            found.append(_measured(about["speaker"], about["emotion"], prosody_of(clips, row), failed=False))
    return found


def _measured(speaker: str, emotion: str | None, found: np.ndarray, failed: bool) -> Measured:
    log_f0, log_range, level, rate = found.tolist()
    voiced = log_f0 > 0  # no voice is as low as 1 Hz: 0 stands for none
    pitch, pitch_range = (math.exp(log_f0), log_range / _SEMITONE) if voiced else (math.nan, math.nan)
    return Measured(speaker, emotion, pitch, pitch_range, level, rate, failed)


def changes(measured: Sequence[Measured]) -> dict[str, Change]:
    """By emotion, the mean over speakers of what it changes; empty where nothing was said with emotions."""
    emotions = list(dict.fromkeys(m.emotion for m in measured if m.emotion is not None))
    return {emotion: _change([m for m in measured if m.emotion == emotion], measured) for emotion in emotions}


def _change(spoken: Sequence[Measured], everything: Iterable[Measured]) -> Change:
    neutral = _by_speaker(m for m in everything if m.emotion == NEUTRAL)
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


def _by_speaker(spoken: Iterable[Measured]) -> dict[str, Measured]:
    """Each speaker's mean."""
    of_speaker: dict[str, list[Measured]] = {}
    for one in spoken:
        of_speaker.setdefault(one.speaker, []).append(one)
    return {
        speaker: replace(
            own[0],
            pitch=math.exp(_mean([math.log(m.pitch) for m in own])),
            pitch_range=_mean([m.pitch_range for m in own]),
            level=_mean([m.level for m in own]),
            rate=_mean([m.rate for m in own]),
        )
        for speaker, own in of_speaker.items()
    }


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan
