"""What the listeners of a test hear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from voiceclone.audio.loudness import normalise
from voiceclone.errors import DataError
from voiceclone.evaluation.clips import RECORDINGS, Clip, System

ANCHOR = "low anchor"
ANCHOR_HZ, ANCHOR_SNR = 2_000.0, 8.0
LUFS = -23.0
TONE_HZ, TONE_SECONDS, PAUSE_SECONDS = 660.0, 0.25, 0.35


@dataclass(frozen=True)
class Stimulus:
    """One clip of one system; ``wave [L]`` at the test's rate, all equally loud."""

    system: str
    clip: str
    emotion: str | None
    wave: np.ndarray


def choose(systems: Sequence[System], count: int) -> list[str]:
    """Clips that every system has, ``count`` of them, spread over emotions and speakers.

    Raises `DataError` where the systems have none in common.
    """
    by_id = {clip.id: clip for clip in systems[0].clips}
    common = [i for i in by_id if all(i in {clip.id for clip in system.clips} for system in systems)]
    if not common:
        raise DataError("the systems have no clip in common: a listening test compares the same sentences.")
    common.sort(key=lambda i: (by_id[i].labels.emotion or "", by_id[i].labels.speaker or "", i))
    places = np.linspace(0, len(common) - 1, min(count, len(common))).round().astype(int)
    return [common[place] for place in places]


def stimuli(systems: Sequence[System], chosen: Sequence[str], sample_rate: int, anchor: bool) -> Iterator[Stimulus]:
    """Every chosen clip of every system, the recordings hidden among them; and their low anchors."""
    for system in systems:
        clips = {clip.id: clip for clip in system.clips}
        for clip in (clips[clip_id] for clip_id in chosen):
            wave = clip.wave.load(sample_rate)
            yield _stimulus(system.name, clip, wave, sample_rate)
            if anchor and system.name == RECORDINGS:
                yield _stimulus(ANCHOR, clip, degraded(wave, sample_rate), sample_rate)


def degraded(wave: np.ndarray, sample_rate: int, seed: int = 0) -> np.ndarray:
    """Speech as nobody should like it: below 2 kHz only, with noise that follows the speech (ITU-T P.810)."""
    noise = np.random.default_rng(seed).standard_normal(len(wave))
    noisy = wave * (1 + 10 ** (-ANCHOR_SNR / 20) * noise)
    spectrum = np.fft.rfft(noisy)
    spectrum[np.fft.rfftfreq(len(wave), 1 / sample_rate) > ANCHOR_HZ] = 0
    return np.fft.irfft(spectrum, len(wave)).astype(np.float32)


def tones(count: int, sample_rate: int) -> np.ndarray:
    """``count`` tones to be counted: whoever listens gets it right in any language."""
    time = np.arange(round(TONE_SECONDS * sample_rate)) / sample_rate
    tone = 0.2 * np.sin(2 * np.pi * TONE_HZ * time) * np.hanning(len(time)) ** 0.25
    pause = np.zeros(round(PAUSE_SECONDS * sample_rate))
    return np.concatenate([pause, *[part for _ in range(count) for part in (tone, pause)]]).astype(np.float32)


def _stimulus(system: str, clip: Clip, wave: np.ndarray, sample_rate: int) -> Stimulus:
    return Stimulus(system, clip.id, clip.labels.emotion, normalise(wave, sample_rate, LUFS))
