"""A buzz that a voice detector takes for speech, and things that spoil it."""

from __future__ import annotations

import numpy as np

RATE = 16_000


def speech(seconds: float, pitch: float = 130.0, seed: int = 0) -> np.ndarray:
    """Syllables of a buzzing voice whose melody moves as speech does, with a pause every two seconds."""
    rng, time = np.random.default_rng(seed), np.arange(round(seconds * RATE)) / RATE
    melody = pitch * (1 + 0.25 * np.sin(2 * np.pi * 0.9 * time + seed) + 0.1 * np.sin(2 * np.pi * 2.3 * time))
    phase = 2 * np.pi * np.cumsum(melody) / RATE
    voice = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 50))
    voice = voice + 0.3 * rng.standard_normal(len(time))
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * time), 0, 1) * (time % 2 < 1.6)
    return (0.1 * voice * syllables + 1e-4 * rng.standard_normal(len(time))).astype(np.float32)


def chords(n_samples: int, level: float) -> np.ndarray:
    """A piano that changes its chord every 0.6 s."""
    out, step = np.zeros(n_samples), round(0.6 * RATE)
    for number, start in enumerate(range(0, n_samples, step)):
        time = np.arange(min(step, n_samples - start)) / RATE
        for semitone in (0, 4, 7):
            note = 220 * 2 ** (((0, 5, 7)[number % 3] + semitone) / 12)
            for harmonic in range(1, 6):
                out[start : start + len(time)] += (
                    np.sin(2 * np.pi * note * harmonic * time) / harmonic * np.exp(-2 * time)
                )
    return (level * out / np.abs(out).max()).astype(np.float32)


def in_a_room(wave: np.ndarray, seconds: float) -> np.ndarray:
    """``wave`` in a room whose sound falls by 60 dB in so many seconds, as loud as the direct sound."""
    time = np.arange(round(seconds * RATE)) / RATE
    tail = np.random.default_rng(0).standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail *= 1 / np.sqrt((tail**2).sum())
    size = len(wave) + len(tail)
    wet = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(tail, size), size)[: len(wave)]
    return (wave + wet).astype(np.float32)
