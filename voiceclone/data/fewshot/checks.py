"""What is wrong with a set of recordings, measured, with plain advice on what to record again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.bandwidth import bandwidth
from voiceclone.audio.clipping import clipped_share
from voiceclone.audio.io import load
from voiceclone.audio.music import music_share
from voiceclone.audio.noise import signal_to_noise
from voiceclone.audio.reverberation import reverberation_time
from voiceclone.audio.voice_activity import speech_spans
from voiceclone.errors import AudioError
from voiceclone.models.speaker.voices import MOST_SEPARATION_OF_RUNS, separation_of_runs

# Seconds of speech: less than the first is refused, less than the second is enough for a likeness only.
MINIMUM_SECONDS, WANTED_SECONDS = 6.0, 30.0
# Measured on studio and home recordings of eleven corpora: they keep to the good side of these.
LEAST_SNR_DB, MOST_CLIPPED, MOST_REVERBERATION, MOST_MUSIC, LEAST_BANDWIDTH = 15.0, 5e-4, 0.33, 0.53, 7000.0
_QUESTION, _MARK = set("?\uff1f"), set(".!?\u3002\uff01\uff1f")

Windows = Callable[[np.ndarray, int], Tensor]
"""``(wave [L], sample_rate)`` -> embeddings ``[P, D]`` of a speaker encoder's windows, in the order of time."""


@dataclass(frozen=True)
class Measured:
    """Figures of one recording: seconds of speech, ratio of signal to noise in dB, share of clipped samples, decay
    time in s, strength of level tones, bandwidth in Hz, and how far apart two groups of voices lie. NaN: not known."""

    speech: float
    snr: float
    clipped: float
    reverberation: float
    music: float
    bandwidth: float
    voices: float


@dataclass(frozen=True)
class Finding:
    """Something that is wrong ``where`` (a recording, or all of them), what to do about it, and whether it is so bad
    that training on it would be a waste of time."""

    kind: str
    where: str
    words: str
    stops: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


def measure(wave: np.ndarray, sample_rate: int, windows: Windows | None = None) -> Measured:
    """Measure a mono wave ``[L]``; ``windows`` is a speaker encoder's, without it nobody counts the voices."""
    speech = sum(end - start for start, end in speech_spans(wave, sample_rate))
    return Measured(
        speech=speech,
        snr=signal_to_noise(wave, sample_rate),
        clipped=clipped_share(wave),
        reverberation=reverberation_time(wave, sample_rate),
        music=music_share(wave, sample_rate),
        bandwidth=bandwidth(wave, sample_rate),
        voices=separation_of_runs(windows(wave, sample_rate)) if windows is not None and speech > 0.5 else 0.0,
    )


def measure_files(found: Mapping[str, Path], windows: Windows | None = None) -> dict[str, Measured]:
    """`measure` of each recording that can be read, by its name; raises `AudioError` where none can."""
    measured, errors = dict[str, Measured](), list[AudioError]()
    for name, path in found.items():
        try:
            measured[name] = measure(*load(path), windows)
        except AudioError as error:  # the others may do; it is reported when the recordings are cut
            errors.append(error)
    if errors and not measured:
        raise errors[0]
    return measured


def findings(measured: Mapping[str, Measured]) -> list[Finding]:
    """What is wrong with the recordings, worst first."""
    found = [_length(sum(m.speech for m in measured.values()))]
    found += [finding for name, figures in measured.items() for finding in _of_recording(name, figures)]
    return sorted((f for f in found if f is not None), key=lambda finding: not finding.stops)


def voices_of_all(waves: Iterable[tuple[np.ndarray, int]], windows: Windows) -> Finding | None:
    """Two people in different recordings, each of them clean."""
    every = [windows(wave, rate) for wave, rate in waves]
    if separation_of_runs(torch.cat(every)) <= MOST_SEPARATION_OF_RUNS:
        return None
    words = "the recordings seem to be of two people. Leave in those of one person, or give each a voice of their own"
    return Finding("voices", "all recordings", words, stops=True)


def kinds_of_sentences(texts: Sequence[str]) -> Finding | None:
    """Statements without questions, or the reverse; None where both are there or the texts have no marks."""
    ends = [text.rstrip("\"'”’)』」 ")[-1:] for text in texts]
    if not any(end in _MARK for end in ends):
        return None
    asked = sum(end in _QUESTION for end in ends)
    if 0 < asked < len(texts):
        return None
    missing, example = ("questions", "今天天气很好，你打算出门吗？") if not asked else ("statements", "今天天气很好。")
    words = (
        f"there are no {missing} among the sentences, so the voice has to guess their melody. Record some: {example}"
    )
    return Finding("sentences", "all recordings", words)


def _length(seconds: float) -> Finding | None:
    if seconds >= WANTED_SECONDS:
        return None
    words = f"{seconds:.0f} s of speech are little: record {WANTED_SECONDS:g} s at least, better 60"
    if seconds < MINIMUM_SECONDS:
        words = (
            f"only {seconds:.1f} s of speech, {MINIMUM_SECONDS:g} s are the least. Record {WANTED_SECONDS:g} s or more"
        )
    return Finding("length", "all recordings", words, stops=seconds < MINIMUM_SECONDS)


def _of_recording(name: str, m: Measured) -> list[Finding]:
    """NaN compares as false: what could not be measured is not complained of."""
    told: list[tuple[bool, str, str, bool]] = [
        (m.voices > MOST_SEPARATION_OF_RUNS, "voices",
         "two people speak in it. Cut out the parts of one person, or record one person alone", True),
        (m.music > MOST_MUSIC, "music",
         "music or a steady tone runs behind the voice, and the clone would hum with it. Switch it off and record "
         "again; music cannot be taken out without harm to the voice", True),
        (m.snr < LEAST_SNR_DB, "noise",
         f"the voice is only {m.snr:.1f} dB above the noise, {LEAST_SNR_DB:g} are wanted. Go to a quiet room, close "
         "the windows, speak 20 cm from the microphone", False),
        (m.clipped > MOST_CLIPPED, "clipping",
         f"{m.clipped:.1%} of the samples are clipped. Record again with less gain, or farther from the microphone",
         False),
        (m.reverberation > MOST_REVERBERATION, "reverberation",
         f"the room rings on ({m.reverberation:.1f} s). Record nearer to the microphone, in a room with curtains and "
         "carpets, or under a blanket", False),
        (0 < m.bandwidth < LEAST_BANDWIDTH, "bandwidth",
         f"it holds nothing above {m.bandwidth / 1000:.1f} kHz, as a telephone does. Record at 16 kHz or more, without "
         "a headset over Bluetooth, and send the wav, no voice message", False),
        (m.speech == 0, "silence", "nobody speaks in it", False),
    ]  # fmt: skip
    return [Finding(kind, name, words, stops) for wrong, kind, words, stops in told if wrong]


def table(measured: Mapping[str, Measured]) -> str:
    """The figures as a table in Markdown."""
    heads = "| recording | speech | signal to noise | clipped | decay | tones | bandwidth | voices |"
    rows = [
        f"| {name} | {m.speech:.1f} s | {_or_dash(m.snr, '{:.0f} dB')} | {m.clipped:.2%} | "
        f"{_or_dash(m.reverberation, '{:.2f} s')} | {_or_dash(m.music, '{:.2f}')} | {m.bandwidth / 1000:.1f} kHz | "
        f"{m.voices:.1f} |"
        for name, m in measured.items()
    ]
    limits = (
        f"| good is | {WANTED_SECONDS:g} s or more | {LEAST_SNR_DB:g} dB or more | under {MOST_CLIPPED:.2%} | under "
        f"{MOST_REVERBERATION} s | under {MOST_MUSIC} | {LEAST_BANDWIDTH / 1000:g} kHz or more | under "
        f"{MOST_SEPARATION_OF_RUNS} |"
    )
    return "\n".join([heads, "|---" * 8 + "|", *rows, limits])


def _or_dash(value: float, form: str) -> str:
    return "–" if math.isnan(value) else form.format(value)
