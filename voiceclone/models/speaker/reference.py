"""What a recording must be like to say who speaks, and how it is made ready for that."""

from __future__ import annotations

import warnings

import numpy as np

from voiceclone.audio.checks import check
from voiceclone.audio.clipping import clipped_share
from voiceclone.audio.voice_activity import speech_spans
from voiceclone.errors import AudioError

SHORTEST_SECONDS = 0.5
ADVICE = "Record 3 to 10 seconds of one person speaking, without music or other voices."

# Silence kept on either side of speech, in seconds. Shorter margins cut faint consonants: error rates rise by a third.
_MARGIN = 0.2
# Share of samples in flat tops from which on a recording sounds distorted.
_CLIPPED_SHARE = 5e-4


def check_reference(wave: np.ndarray, sample_rate: int, name: str) -> None:
    """Raise `AudioError` if ``wave [L]`` is empty, broken, silent or shorter than 0.5 s; warn if it is clipped."""
    try:
        check(wave, name)
    except AudioError as error:
        raise AudioError(f"{error} {ADVICE}") from None
    _require_seconds(len(wave) / sample_rate, "lasts", name)
    share = clipped_share(wave)
    if share > _CLIPPED_SHARE:
        warnings.warn(
            f"{name}: is clipped ({share:.1%} of its samples), so the voice will sound rough. "
            f"Record it again with less gain, or farther from the microphone.",
            stacklevel=3,
        )


def prepare(wave: np.ndarray, sample_rate: int, level_db: float | None, name: str) -> np.ndarray:
    """``wave [L]`` without its longer silences, raised to an RMS of ``level_db`` re full scale where it is quieter.

    A louder recording keeps its level, as with the published encoders: they hear power, not its logarithm, and
    learnt from recordings treated so. None leaves every level. Raises `AudioError` if less than 0.5 s is speech.
    """
    spans = speech_spans(wave, sample_rate)
    _require_seconds(sum(end - start for start, end in spans), "holds", name)
    keep = np.zeros(len(wave), dtype=bool)
    for start, end in spans:
        keep[max(0, round((start - _MARGIN) * sample_rate)) : round((end + _MARGIN) * sample_rate)] = True
    speech = wave[keep]
    if level_db is None:
        return speech
    rms = float(np.sqrt(np.mean(np.square(speech, dtype=np.float64))))
    return (speech * max(1.0, 10 ** (level_db / 20) / max(rms, 1e-9))).astype(np.float32)


def _require_seconds(seconds: float, verb: str, name: str) -> None:
    if seconds < SHORTEST_SECONDS:
        raise AudioError(
            f"{name}: {verb} {seconds:.2f} s of speech, which does not tell who speaks: at least "
            f"{SHORTEST_SECONDS:g} s are needed. {ADVICE}"
        )
