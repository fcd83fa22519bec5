"""What an utterance's emotion can be told by: statistics of its melody, its dynamics and its sound."""

from __future__ import annotations

import numpy as np

from voiceclone.audio.resample import resample
from voiceclone.errors import AudioError
from voiceclone.metrics.clip import is_silent
from voiceclone.metrics.frames import HOP_SECONDS, log_mel, mel_cepstra
from voiceclone.metrics.voicing import voicing

RATE = 16_000
"""All clips are heard at the rate of the poorest corpora."""
SHORTEST_SECONDS = 0.3
# Speech lies within this range below its loud frames; what is fainter is a pause.
SPEECH_RANGE = np.log(10) * 30 / 20


def describe(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Feature vector ``[D]`` of a clip ``[L]``; its overall level, which depends on the microphone, does not enter.

    Functionals in the spirit of GeMAPS (Eyben et al., 2016): of ln F0, level, periodicity, spectral slope and
    cepstra over the speech in the clip. Raises `AudioError` for a clip with next to no speech.
    """
    wave = resample(wave, sample_rate, RATE)
    if len(wave) < SHORTEST_SECONDS * RATE or is_silent(wave):
        raise AudioError("too little speech to hear an emotion in")
    wave = wave / np.abs(wave).max()
    mel = log_mel(wave, RATE)
    level = mel.max(axis=1)
    speaks = level > np.percentile(level, 95) - SPEECH_RANGE
    track, cepstra = voicing(wave, RATE), mel_cepstra(wave, RATE)
    voiced = speaks & (track.f0 > 0)
    if voiced.sum() < 5:
        raise AudioError("too little voiced speech to hear an emotion in")
    parts = [
        _melody(np.log(track.f0[voiced])),
        _jumps(track.f0, voiced),
        _dynamics(mel.mean(axis=1), speaks),
        _spread(track.periodicity[speaks]),
        _spread(_slope(mel)[voiced]),
        _rhythm(speaks, voiced),
        cepstra[voiced].mean(axis=0),
        cepstra[voiced].std(axis=0),
        np.diff(cepstra, axis=0)[speaks[1:]].std(axis=0),
        _spectrum(mel, voiced),
    ]
    return np.concatenate(parts).astype(np.float32)


def _spread(values: np.ndarray) -> np.ndarray:
    return np.array([values.mean(), values.std(), *np.percentile(values, [10, 50, 90])])


def _melody(log_f0: np.ndarray) -> np.ndarray:
    """Height, range and course of the melody."""
    time = np.linspace(-1, 1, len(log_f0))
    halves = log_f0[len(log_f0) // 2 :].mean() - log_f0[: len(log_f0) // 2].mean()
    return np.append(_spread(log_f0), [np.polyfit(time, log_f0, 1)[0], halves, np.ptp(np.percentile(log_f0, [5, 95]))])


def _jumps(f0: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """How the melody moves from frame to frame."""
    both = voiced[1:] & voiced[:-1]
    steps = np.diff(np.log(np.maximum(f0, 1.0)))[both] if both.any() else np.zeros(1)
    return np.array([np.abs(steps).mean(), steps.std(), (steps > 0).mean()])


def _dynamics(level: np.ndarray, speaks: np.ndarray) -> np.ndarray:
    """Level within the clip, against its own mean."""
    heard = level[speaks]
    return np.append(_spread(heard - heard.mean())[1:], np.abs(np.diff(level))[speaks[1:]].mean())


def _slope(mel: np.ndarray) -> np.ndarray:
    """Spectral slope ``[T]``: effort tilts the spectrum up."""
    bands = np.linspace(-1, 1, mel.shape[1])
    return (mel - mel.mean(axis=1, keepdims=True)) @ bands / (bands @ bands)


def _rhythm(speaks: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Shares of speech and voice, and how many stretches of voice there are in a second."""
    stretches = np.diff(np.concatenate([[0], voiced.astype(int)])).clip(0).sum()
    return np.array([speaks.mean(), voiced.sum() / speaks.sum(), stretches / (len(speaks) * HOP_SECONDS)])


def _spectrum(mel: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """Mean spectrum of the voice against its own mean, in ten bands."""
    mean = mel[voiced].mean(axis=0)
    return (mean - mean.mean()).reshape(10, -1).mean(axis=1)
