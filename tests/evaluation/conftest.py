"""Two small systems and their recordings, on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio import io

RATE = 16_000


@pytest.fixture
def voice() -> Callable[..., np.ndarray]:
    """A buzz with moving pitch and syllables, another for every pitch."""

    def speak(pitch: float, seconds: float = 1.2) -> np.ndarray:
        time = np.arange(round(seconds * RATE)) / RATE
        contour = pitch * (1 + 0.15 * np.sin(2 * np.pi * 1.3 * time))
        buzz = sum(np.sin(2 * np.pi * k * np.cumsum(contour) / RATE) / k for k in range(1, 15))
        wave = 0.1 * buzz * np.clip(np.sin(2 * np.pi * 3 * time), 0.05, 1)
        return (wave + 1e-3 * np.random.default_rng(int(pitch)).standard_normal(len(wave))).astype(np.float32)

    return speak


@pytest.fixture
def folders(tmp_path: Path, voice: Callable[..., np.ndarray]) -> dict[str, Path]:
    """Recordings of two speakers, three clips each, and two systems that copy them, one of them well."""
    rng = np.random.default_rng(0)
    for speaker, pitch in (("ann", 210.0), ("bob", 110.0)):
        for number in range(3):
            wave = voice(pitch + 7 * number)
            name = f"{speaker}/{number}.wav"
            io.save(tmp_path / "recordings" / name, wave, RATE)
            for system, noise in (("good", 0.002), ("poor", 0.03)):
                io.save(tmp_path / system / name, wave + noise * rng.standard_normal(len(wave)), RATE)
    return {name: tmp_path / name for name in ("recordings", "good", "poor")}
